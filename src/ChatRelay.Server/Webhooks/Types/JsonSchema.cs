using System.Text.Json;
using System.Text.RegularExpressions;
using ChatRelay.Http.Json;

namespace ChatRelay.Webhooks;

/// <summary>
/// The part of JSON Schema (2020-12) that event types may use. A keyword outside it is refused when the schema is set: one that was passed over
/// would promise a check that nobody makes. Patterns run without backtracking.
/// </summary>
internal sealed class JsonSchema
{
    private static readonly HashSet<string> Notes = ["$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format"];
    private static readonly HashSet<string> Counts = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"];
    private static readonly HashSet<string> Bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    private static readonly HashSet<string> Types = ["null", "boolean", "object", "array", "number", "integer", "string"];

    private readonly Dictionary<string, Regex> _patterns = [];

    private JsonSchema(JsonElement root) => Root = root;

    public JsonElement Root { get; }

    public Regex PatternOf(string text) => _patterns[text];

    /// <summary>Every fault, with its place in the schema; null when there is one.</summary>
    public static JsonSchema? Read(string text, Faults faults)
    {
        var schema = new JsonSchema(JsonDocument.Parse(text).RootElement.Clone());
        var before = faults.Count;
        schema.CheckSchema(schema.Root, faults);
        return faults.Count == before ? schema : null;
    }

    /// <summary>One that was read before it was stored.</summary>
    public static JsonSchema Stored(string text) => Read(text, new Faults()) ?? throw new InvalidOperationException("a stored schema is sound");

    /// <summary>`#/$defs/name` and `#/definitions/name`; nothing outside the schema is ever fetched.</summary>
    public JsonElement? Resolve(string reference)
    {
        if (reference == "#") return Root;
        return reference.Split('/') is ["#", "$defs" or "definitions", var name] parts
            && Root.ValueKind is JsonValueKind.Object && Root.TryGetProperty(parts[1], out var all) && all.TryGetProperty(name, out var found) ? found : null;
    }

    private void CheckSchema(JsonElement schema, Faults faults)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False) return;
        if (schema.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(FaultCodes.WrongType, "Expected a schema: an object, true or false.");
            return;
        }
        foreach (var keyword in schema.EnumerateObject())
        {
            using var _ = faults.In(keyword.Name);
            CheckKeyword(keyword.Name, keyword.Value, faults);
        }
    }

    private void CheckKeyword(string name, JsonElement value, Faults faults)
    {
        switch (name)
        {
            case "type":
                var types = value.ValueKind is JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
                if (types.Count == 0 || !types.TrueForAll(t => t.ValueKind is JsonValueKind.String && Types.Contains(t.GetString()!))) faults.Add(FaultCodes.UnknownValue, $"Expected one or more of {string.Join(", ", Types)}.");
                break;
            case "const": break;
            case "enum": Expect(value.ValueKind is JsonValueKind.Array, "a list of values", faults); break;
            case "required": Expect(value.ValueKind is JsonValueKind.Array && value.EnumerateArray().All(n => n.ValueKind is JsonValueKind.String), "a list of names", faults); break;
            case "properties" or "$defs" or "definitions": CheckMap(value, faults); break;
            case "items" or "additionalProperties" or "not": CheckSchema(value, faults); break;
            case "allOf" or "anyOf" or "oneOf": CheckList(value, faults); break;
            case "pattern": CheckPattern(value, faults); break;
            case "$ref": Expect(value.ValueKind is JsonValueKind.String && Resolve(value.GetString()!) is not null, "#, or a name under #/$defs that is there", faults); break;
            case { } when Counts.Contains(name): Expect(value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var n) && n >= 0, "a whole number", faults); break;
            case { } when Bounds.Contains(name): Expect(value.ValueKind is JsonValueKind.Number, "a number", faults); break;
            case { } when Notes.Contains(name): break;
            default: faults.Add(FaultCodes.UnknownField, "This keyword is not one that is checked here: docs/webhooks.md has the list."); break;
        }
    }

    private void CheckMap(JsonElement value, Faults faults)
    {
        if (!Expect(value.ValueKind is JsonValueKind.Object, "an object of schemas", faults)) return;
        foreach (var member in value.EnumerateObject())
        {
            using var _ = faults.In(member.Name);
            CheckSchema(member.Value, faults);
        }
    }

    private void CheckList(JsonElement value, Faults faults)
    {
        if (!Expect(value.ValueKind is JsonValueKind.Array && value.GetArrayLength() > 0, "a list of schemas", faults)) return;
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            faults.Enter(index++);
            CheckSchema(item, faults);
            faults.Leave();
        }
    }

    private void CheckPattern(JsonElement value, Faults faults)
    {
        if (!Expect(value.ValueKind is JsonValueKind.String, "a pattern", faults)) return;
        try
        {
            _patterns[value.GetString()!] = new(value.GetString()!, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            faults.Add(FaultCodes.InvalidFormat, "Expected a pattern without look-around and back-references.");
        }
    }

    private static bool Expect(bool holds, string expected, Faults faults)
    {
        if (!holds) faults.Add(FaultCodes.WrongType, $"Expected {expected}.");
        return holds;
    }
}
