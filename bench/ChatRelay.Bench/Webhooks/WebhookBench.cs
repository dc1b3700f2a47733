using System.Net.Http.Json;
using System.Text;
using ChatRelay.Bench.Engine;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Webhooks;

/// <summary>Events of a tenant's own, from the request to the endpoints that listen.</summary>
internal static class WebhookBench
{
    private static readonly string Text = new('x', 400);

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        if (asked.Wants("intake")) await EventIntake.RunAsync(asked, report, ct);
        if (asked.Wants("fanout")) await FanoutRate.RunAsync(asked, report, ct);
        if (asked.Wants("latency")) await EventLatency.RunAsync(asked, report, ct);
        if (asked.Wants("neighbours")) await IllNeighbours.RunAsync(asked, report, ct);
    }

    public static async Task<RelayNode> StartAsync(WebhookSink sink, int endpoints, CancellationToken ct)
    {
        var node = await RelayNode.StartAsync(null, EngineSettings.Of(sink.Url), ct);
        for (var n = 0; n < endpoints; n++)
            using (var made = await node.Http.PostAsJsonAsync(new Uri("/v1/webhook-endpoints", UriKind.Relative), new { url = $"{sink.Url}/{n}" }, ct)) made.EnsureSuccessStatusCode();
        return node;
    }

    public static ReadOnlyMemory<byte> Event(string key, long number) =>
        HttpLoad.Post("/v1/events", key, Encoding.UTF8.GetBytes($$$"""{"type":"bench.event","data":{"n":{{{number}}},"text":"{{{Text}}}"}}"""));
}
