using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using ChatRelay.Bench.Engine;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Webhooks;

/// <summary>
/// Events accepted per second: by a tenant without endpoints, which has no feed, and by one with a hundred that ask for other types, whose log is looked through for them.
/// What is delivered costs more than what is accepted; that is FanoutRate's.
/// </summary>
internal static class EventIntake
{
    private const int Connections = 64, Endpoints = 100;
    private static readonly string[] Others = ["other.*"];

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        await using var node = await RelayNode.StartAsync(null, EngineSettings.Of(new("http://127.0.0.1:9/hook")), ct);
        var followed = await node.NewTenantAsync(ct);
        await MakeEndpointsAsync(node, followed, ct);
        var contest = new Contest($"Events accepted, {Connections} connections", "events/s",
        [
            Accepting($"{Endpoints} endpoints, none of which asks for them", node, followed),
            Accepting("no endpoints", node, node.Key),
        ]);
        report.Add(await contest.RunAsync(asked.Pairs, asked.Run, ct));
    }

    private static async Task MakeEndpointsAsync(RelayNode node, string key, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = node.Process.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        for (var n = 0; n < Endpoints; n++)
            using (var made = await http.PostAsJsonAsync(new Uri("/v1/webhook-endpoints", UriKind.Relative), new { url = $"http://127.0.0.1:9/hook/{n}", event_types = Others }, ct)) made.EnsureSuccessStatusCode();
    }

    /// <summary>The next turn begins when the log of this one was looked through.</summary>
    private static Side Accepting(string name, RelayNode node, string key) => new(name, async (time, ct) =>
    {
        var request = WebhookBench.Event(key, 1);
        var result = (await new HttpLoad(node.Process.Port, Connections, () => request).RunAsync(time, ct)).AllGood();
        var since = Stopwatch.GetTimestamp();
        while (await node.SqlAsync<bool>("select exists (select from relay.webhook_feeds f join relay.events e on e.tenant_id = f.tenant_id and (e.generation, e.xid, e.id) > (f.generation, f.xid, f.event_id))", ct))
            await Task.Delay(20, ct);
        return new Measured(result.PerSecond)
        {
            Beside = [("p50 ms", result.Latencies.Percentile(50)), ("p99 ms", result.Latencies.Percentile(99)), ("s until looked through", Stopwatch.GetElapsedTime(since).TotalSeconds)],
        };
    });
}
