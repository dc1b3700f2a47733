using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ChatRelay.Telemetry;

/// <summary>The log for machines: one JSON object a line, in which each value of the line is a member of its own (docs/operations.md).</summary>
internal sealed class JsonLines(TimeProvider clock) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "chatrelay-json";

    private const string Template = "{OriginalFormat}";
    private const string OfOurs = "ChatRelay.";
    private static readonly string[] Fixed = ["at", "level", "event", "message", "category", "event_id", "trace_id", "error"];
    private static readonly ConcurrentDictionary<string, string> Names = new(); // they come from templates in the code: few

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var values = logEntry.State as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var line = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("at", clock.GetUtcNow().UtcDateTime);
            json.WriteString("level", JsonNamingPolicy.SnakeCaseLower.ConvertName(logEntry.LogLevel.ToString()));
            json.WriteString("event", EventOf(logEntry.Category, logEntry.EventId, values));
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            Members(json, values);
            json.WriteString("category", logEntry.Category);
            json.WriteNumber("event_id", logEntry.EventId.Id);
            if (Activity.Current is { Recorded: true } span) json.WriteString("trace_id", span.TraceId.ToHexString());
            if (logEntry.Exception is { } fault) json.WriteString("error", fault.ToString());
            json.WriteEndObject();
        }
        textWriter.Write(Encoding.UTF8.GetString(line.WrittenSpan));
        textWriter.Write('\n');
    }

    /// <summary>A line of the server's own that has no logger behind it: what it says while it starts and stops.</summary>
    public static string Line(DateTimeOffset at, LogLevel level, string @event, string message, params ReadOnlySpan<(string Name, string Value)> members)
    {
        var line = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("at", at.UtcDateTime);
            json.WriteString("level", JsonNamingPolicy.SnakeCaseLower.ConvertName(level.ToString()));
            json.WriteString("event", @event);
            json.WriteString("message", message);
            foreach (var (name, value) in members) json.WriteString(name, value);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(line.WrittenSpan);
    }

    // Our lines begin with the name of what happened; other people's have it in their event id.
    private static string EventOf(string category, EventId id, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        if (!category.StartsWith(OfOurs, StringComparison.Ordinal) || values.Count == 0 || values[^1] is not { Key: Template, Value: string template }) return id.Name ?? "-";
        var end = template.AsSpan().IndexOfAny(' ', ':', ',');
        return end < 0 ? template : template[..end];
    }

    private static void Members(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            var (name, value) = (NameOf(values[i].Key), values[i].Value);
            if (values[i].Key == Template || Fixed.Contains(name) || StoodBefore(values, i)) continue; // a name twice would be no JSON that everybody reads
            json.WritePropertyName(name);
            Write(json, value);
        }
    }

    private static bool StoodBefore(IReadOnlyList<KeyValuePair<string, object?>> values, int at)
    {
        for (var i = 0; i < at; i++)
            if (values[i].Key == values[at].Key) return true;
        return false;
    }

    private static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(Math.Round(number, 3)); break;
            case Enum word: json.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString())); break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static string NameOf(string key) => Names.GetOrAdd(key, static k => JsonNamingPolicy.SnakeCaseLower.ConvertName(k));
}
