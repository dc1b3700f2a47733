using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.Telemetry;
using ChatRelay.TestKit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatRelay.Tests.Telemetry;

public sealed partial class JsonLinesTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Each_value_is_a_member_of_its_own_and_the_first_word_is_the_event()
    {
        var log = new Lines("ChatRelay.Deliveries.DeliveryWorker");
        var id = RelayId.New<DeliveryId>(At);
        LogDone(log, id, ChannelKind.Webhook, 3, 1.23456, null);
        var line = Assert.Single(log.Written);
        Assert.Equal($$"""{"at":"2026-01-02T03:04:05Z","level":"information","event":"delivery.done","message":"delivery.done {{id}} Webhook #3 in 1.2 ms: (null)","delivery_id":"{{id}}","channel":"webhook","attempt":3,"ms":1.235,"reason":null,"category":"ChatRelay.Deliveries.DeliveryWorker","event_id":42}""", System.Text.RegularExpressions.Regex.Unescape(line));
    }

    [Theory]
    [InlineData("two\nlines\r\n"), InlineData("\"quoted\" \\ and \u0000"), InlineData("\u2028\u2029\u202e"), InlineData("{\"at\":\"1970\"}"), InlineData("</script>")]
    public void Whatever_stands_in_a_value_it_is_one_line_and_comes_back_as_it_was(string value)
    {
        var log = new Lines("ChatRelay.Http");
        LogHostile(log, new InvalidOperationException(value), value);
        var line = Assert.Single(log.Written);
        Assert.DoesNotContain(line, letter => char.IsControl(letter) || letter > '~');
        using var json = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal(value, json.RootElement.GetProperty("reason").GetString());
        Assert.Contains(value, json.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_name_stands_twice_whatever_a_template_says()
    {
        var log = new Lines("Microsoft.Hosting");
#pragma warning disable CA2017, CA2254, CA1848 // as a library's own template might be
        log.LogWarning(new Microsoft.Extensions.Logging.EventId(7, "Stopped"), "{Level} {Reason} {Reason} {Message}", 1, 2, 3, 4);
#pragma warning restore CA2017, CA2254, CA1848
        using var json = JsonDocument.Parse(Assert.Single(log.Written), new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal(("Stopped", "warning", "1 2 3 4", 2), (Text("event"), Text("level"), Text("message"), json.RootElement.GetProperty("reason").GetInt32()));

        string Text(string name) => json.RootElement.GetProperty(name).GetString()!;
    }

    [Fact]
    public void What_the_server_says_while_it_starts_is_a_line_too()
    {
        using var json = JsonDocument.Parse(JsonLines.Line(At, LogLevel.Critical, "server.refused", "no\nport", ("address", "http://[::1]:1")));
        Assert.Equal("no\nport http://[::1]:1", $"{json.RootElement.GetProperty("message").GetString()} {json.RootElement.GetProperty("address").GetString()}");
    }

    [LoggerMessage(42, LogLevel.Information, "delivery.done {DeliveryId} {Channel} #{Attempt} in {Ms:0.0} ms: {Reason}")]
    private static partial void LogDone(ILogger log, DeliveryId deliveryId, ChannelKind channel, int attempt, double ms, string? reason);

    [LoggerMessage(43, LogLevel.Error, "request.failed {Reason}")]
    private static partial void LogHostile(ILogger log, Exception fault, string reason);

    /// <summary>A logger in front of the formatter alone.</summary>
    private sealed class Lines(string category) : ILogger
    {
        private readonly JsonLines form = new(new FakeClock(At));
        private readonly System.Text.StringBuilder text = new();

        public IReadOnlyList<string> Written => text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var writer = new StringWriter(text);
            form.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), null, writer);
        }
    }
}
