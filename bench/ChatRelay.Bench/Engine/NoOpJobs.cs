using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;

namespace ChatRelay.Bench.Engine;

/// <summary>Jobs that are there when the clock starts and do nothing: claim, run, record.</summary>
internal static class NoOpJobs
{
    private const int Workers = 64;
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        await using var node = await RelayNode.StartAsync(NoOpNode.Name, EngineSettings.Of(Nowhere), ct);
        await using var plain = await HangfireLike.OpenAsync(ct);
        var peers = plain.ConnectionString;
        var contest = new Contest("No-op jobs, all due at once", "jobs/s",
        [
            Draining("relay", asked.Jobs, async (jobs, stop) => await Traffic.DrainAsync(node, Nowhere, jobs, stop)),
            Peer("graphile-worker, default", "graphile", asked.Jobs / 4, peers),
            Peer("graphile-worker, localQueue 500", "graphile_local", asked.Jobs, peers),
            Peer("pg-boss, batches of 500", "pg_boss", asked.Jobs / 2, peers),
            Draining("Hangfire-like, one row a step", asked.Jobs / 10, (jobs, stop) => plain.DrainAsync(jobs, workers: 10, null, stop)),
        ], new Aim("Hangfire-like, one row a step", 25), new Aim("graphile-worker, default", 8), new Aim("graphile-worker, localQueue 500", 1));
        report.Add(await contest.RunAsync(asked.Pairs, asked.Run, ct));
    }

    /// <summary>Each side does twice a round's jobs before the first: the relay is compiled anew until then.</summary>
    public static Side Draining(string name, int jobs, Func<int, CancellationToken, Task<double>> drain) => new(name, async (_, ct) => new Measured(jobs / await drain(jobs, ct)))
    {
        WarmUpAsync = async ct =>
        {
            await drain(jobs, ct);
            await drain(jobs, ct);
        },
    };

    public static Side Peer(string name, string peer, int jobs, string connection, Uri? url = null) =>
        Draining(name, jobs, async (now, ct) => (await NodePeer.DrainAsync(peer, now, Workers, connection, url, ct)).Seconds);
}
