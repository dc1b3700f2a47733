using System.Diagnostics;
using ChatRelay.Operations.Otlp;
using ChatRelay.Telemetry;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Telemetry;

/// <summary>Traces and metrics as a collector gets them from a real node.</summary>
public sealed class TracingTests(TracingTests.Traced traced) : IClassFixture<TracingTests.Traced>
{
    private const int Server = 2, Internal = 1, Client = 3, Failed = 2;
    private static readonly string[] Allowed =
    [
        "http.request.method", "http.route", "http.response.status_code", "chatrelay.request_id", "chatrelay.tenant_id",
        "chatrelay.delivery_id", "chatrelay.channel", "chatrelay.attempt", "chatrelay.outcome", "chatrelay.decision",
    ];

    private const string Service = "relay-under-test";
    private static int count;

    /// <summary>A node and its collector.</summary>
    public sealed class Traced : IAsyncLifetime
    {
        internal FakeCollector Collector { get; } = new();
        internal EngineHost Engine { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Engine = await EngineHost.StartAsync(("OTEL_EXPORTER_OTLP_ENDPOINT", Collector.Endpoint), ("OTEL_SERVICE_NAME", Service));

        public async ValueTask DisposeAsync()
        {
            await Engine.DisposeAsync();
            await Collector.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_trace_holds_the_request_each_wait_and_each_attempt()
    {
        var engine = await traced.Engine.ForAnotherTenantAsync();
        var answers = 0;
        await using var receiver = FakeReceiver.Answering(_ => FakeReceiver.Answer(Interlocked.Increment(ref answers) == 1 ? 500 : 200));
        var (trace, caller) = NewTrace();
        var said = await SendAsync(engine.Http, receiver, $"00-{trace}-{caller}-01");
        var delivery = said["deliveries.0.id"].GetString()!;
        await engine.DeliveryReachesAsync(delivery, "retrying");
        await engine.Host.SqlAsync("update relay.queue set due_at = relay.now() where id = $1", Guid.Parse(await IdOfAsync(engine, delivery)));
        await engine.DeliveryReachesAsync(delivery, "sent");

        var spans = await SpansAsync(trace, 5);
        var request = Assert.Single(spans, s => s.Kind == Server);
        Assert.Equal(("POST /v1/notifications", caller, "202"), (request.Name, request.Parent, request.Attributes["http.response.status_code"]));
        Assert.Equal((said.Headers["Request-Id"], engine.Tenant.Id), (request.Attributes["chatrelay.request_id"], request.Attributes["chatrelay.tenant_id"]));
        Assert.All(spans.Where(s => s != request), s => Assert.Equal((request.Id, delivery), (s.Parent, s.Attributes["chatrelay.delivery_id"])));
        var (waits, attempts) = (spans.Where(s => s.Name == "delivery.waited").ToList(), spans.Where(s => s.Name == "delivery.attempted").ToList());
        Assert.All(waits, s => Assert.Equal(Internal, s.Kind));
        Assert.Equal([(Client, "1", "http_error", "500", Failed), (Client, "2", "ok", "200", 0)],
            attempts.OrderBy(s => s.Start).Select(s => (s.Kind, s.Attributes["chatrelay.attempt"], s.Attributes["chatrelay.outcome"], s.Attributes["http.response.status_code"], s.Status)));
        Assert.All(attempts, s => Assert.Contains(waits, w => w.End == s.Start && w.Attributes["chatrelay.attempt"] == s.Attributes["chatrelay.attempt"]));
        Assert.All(spans, s => Assert.True(s.End >= s.Start, s.ToString()));
        Assert.All(spans, s => Assert.Empty(s.Attributes.Keys.Except(Allowed)));
        Assert.Equal(Service, traced.Collector.Resource["service.name"]);
        Assert.All(receiver.Requests, r => Assert.Null(r.Header("traceparent"))); // it is told nothing of our traces
    }

    [Fact]
    public async Task An_attempt_of_another_node_after_the_first_is_gone_stands_below_the_same_request()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var folder = Directory.CreateTempSubdirectory("chatrelay-traced-").FullName;
        (string, string)[] settings = [("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), ("OTEL_EXPORTER_OTLP_ENDPOINT", traced.Collector.Endpoint), ("OTEL_SERVICE_NAME", Service)];
        var (trace, caller) = NewTrace();
        await using (var first = await RelayHost.StartAsync(database, folder, [.. settings, ("CHATRELAY_ROLES", "api")]))
            Assert.Equal(202, (await SendAsync((await first.NewTenantAsync()).Http, receiver, $"00-{trace}-{caller}-01")).Status);
        await using (await RelayHost.StartAsync(database, folder, [.. settings, ("CHATRELAY_ROLES", "deliver")]))
        {
            await receiver.NextAsync(TestContext.Current.CancellationToken);
            await SpansAsync(trace, 1); // until the first is there
        }
        var spans = await SpansAsync(trace, 3);
        var request = Assert.Single(spans, s => s.Kind == Server);
        Assert.Equal(["delivery.attempted", "delivery.waited"], spans.Where(s => s.Parent == request.Id).Select(s => s.Name).Order(StringComparer.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_webhooks_of_an_event_stand_below_the_request_that_published_it()
    {
        var engine = await traced.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var endpoint = await engine.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url.ToString(), event_types = new[] { "order.*" } });
        Assert.True(endpoint.Status == 201, endpoint.ToString());
        var (trace, caller) = NewTrace();
        var said = await AskAsync(engine.Http, "/v1/events", new { type = "order.made", data = new { n = 1 } }, $"00-{trace}-{caller}-01");
        Assert.True(said.Status is 201 or 202, said.ToString());
        var spans = await SpansAsync(trace, 3);
        var request = Assert.Single(spans, s => s.Kind == Server);
        Assert.Equal((2, "webhook"), (spans.Count(s => s.Parent == request.Id), spans.First(s => s.Name == "delivery.attempted").Attributes["chatrelay.channel"]));
    }

    [Fact]
    public async Task Who_is_not_sampled_is_not_traced_and_nothing_is_stored_for_it()
    {
        var engine = await traced.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var (trace, caller) = NewTrace();
        var said = await SendAsync(engine.Http, receiver, $"00-{trace}-{caller}-00");
        await engine.ReachesAsync(said.Id, "sent");
        Assert.Equal(0L, await engine.Host.SqlAsync("select count(*) from relay.notifications n join relay.deliveries d on d.notification_id = n.id where n.tenant_id = d.tenant_id and n.trace like '%' || $1 || '%'", trace));
        var (other, _) = NewTrace();
        await SendAsync(engine.Http, receiver, $"00-{other}-{caller}-01");
        await SpansAsync(other, 3); // of what came after it all has arrived
        Assert.DoesNotContain(traced.Collector.Spans, s => s.Trace == trace);
    }

    [Theory]
    [InlineData("nonsense"), InlineData("00-00000000000000000000000000000000-0000000000000000-01"), InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public async Task A_traceparent_that_is_none_begins_a_trace_of_our_own(string header)
    {
        var engine = await traced.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var said = await SendAsync(engine.Http, receiver, header);
        Assert.Equal(202, said.Status);
        CollectedSpan? request = null;
        await Eventually.Async(() =>
        {
            Flush();
            request = traced.Collector.Spans.FirstOrDefault(s => s.Attributes.GetValueOrDefault("chatrelay.request_id") == said.Headers["Request-Id"]);
            return Task.FromResult(request is not null);
        });
        Assert.Equal("", request!.Parent);
    }

    [Fact]
    public async Task Metrics_arrive_under_the_names_that_a_scrape_shows()
    {
        await using var receiver = FakeReceiver.Answering(200);
        await traced.Engine.ReachesAsync((await SendAsync(traced.Engine.Http, receiver, "")).Id, "sent");
        Flush();
        var points = traced.Collector.Points;
        Assert.Contains(points, p => p is { Metric: "chatrelay_requests_total", Value: > 0 } && p.Labels.GetValueOrDefault("status") == "2xx");
        var times = points.First(p => p.Metric == "chatrelay_request_duration_seconds");
        Assert.Equal((true, 0.001, 5.0), (times.Value > 0, times.Bounds[0], times.Bounds[^1]));
        var scraped = (await traced.Engine.Host.Operator.ReadAsync("/metrics")).Text.Split('\n').Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2]);
        var silent = scraped.Except(points.Select(p => p.Metric)).ToList();
        Assert.Empty(silent.Except(["chatrelay_queue_deliveries", "chatrelay_queue_oldest_due_seconds"])); // nothing waits
    }

    [Fact]
    public async Task A_collector_that_is_gone_or_never_answers_harms_nothing()
    {
        await using var mute = FakeReceiver.Start(async connection => await connection.ReadRequestAsync());
        foreach (var endpoint in (string[])["http://127.0.0.1:9", $"http://127.0.0.1:{mute.Port}"])
        {
            var engine = await EngineHost.StartAsync(("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));
            await using var receiver = FakeReceiver.Answering(200);
            for (var n = 0; n < 20; n++) await engine.ReachesAsync((await SendAsync(engine.Http, receiver, "")).Id, "sent");
            Assert.Empty(engine.Host.Warnings);
            var since = Stopwatch.GetTimestamp();
            await engine.DisposeAsync();
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public void Without_a_collector_no_span_is_made()
    {
        using var off = new Tracing(new TracingOptions());
        Assert.Null(off.Request("GET", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", DateTimeOffset.UnixEpoch));
        Assert.Null(off.Attempt("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        Assert.Null(Tracing.Here);
    }

    private static (string Trace, string Span) NewTrace()
    {
        var n = Interlocked.Increment(ref count);
        return ($"{n:x8}aaaaaaaabbbbbbbbcccccccc", $"{n:x8}dddddddd");
    }

    private static Task<Said> SendAsync(HttpClient http, FakeReceiver receiver, string traceparent) =>
        AskAsync(http, "/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "hi" } }, traceparent);

    private static async Task<Said> AskAsync(HttpClient http, string path, object body, string traceparent)
    {
        var content = System.Net.Http.Json.JsonContent.Create(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (traceparent.Length > 0) request.Headers.Add("traceparent", traceparent);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return new((int)answer.StatusCode, System.Text.Json.JsonDocument.Parse(text).RootElement, text, answer.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase));
    }

    private static async Task<string> IdOfAsync(EngineHost engine, string delivery) =>
        $"{(ChatRelay.Protocol.RelayId.TryParse<ChatRelay.Protocol.DeliveryId>(delivery, out var id) ? await engine.Host.SqlAsync("select id from relay.deliveries where id = $1", id.Value) : null)}";

    private void Flush() => Assert.True(traced.Engine.Host.Services.GetRequiredService<OtlpExport>().Flush(10_000));

    private async Task<List<CollectedSpan>> SpansAsync(string trace, int atLeast)
    {
        List<CollectedSpan> spans = [];
        await Eventually.Async(() =>
        {
            Flush();
            spans = [.. traced.Collector.Spans.Where(s => s.Trace == trace)];
            return Task.FromResult(spans.Count >= atLeast);
        });
        return spans;
    }
}
