using ChatRelay.Bench.Harness;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Rooms;

/// <summary>
/// One node against two at the same load: what a delivery and a publish cost all nodes together, PostgreSQL and Redis, and how long a message takes from one node to the
/// readers of the other, with each bus and with none that works (heads alone).
/// </summary>
internal static class Nodes
{
    private const int InFlight = 4;
    private const string One = "one node", Notify = "two nodes, NOTIFY", Redis = "two nodes, Redis", Deaf = "two nodes, no bus";

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        await using var redis = await RedisServer.StartAsync();
        var clusters = new List<RoomServer>();
        try
        {
            clusters.Add(await RoomServer.ClusterAsync(Notify, 2, [], ct));
            clusters.Add(await RoomServer.ClusterAsync(One, 1, [], ct));
            clusters.Add(await RoomServer.ClusterAsync(Redis, 2, [("CHATRELAY_REDIS", $"127.0.0.1:{redis.Port}")], ct));
            clusters.Add(await RoomServer.ClusterAsync(Deaf, 2, [("CHATRELAY_REDIS", "127.0.0.1:1")], ct)); // nobody is there

            var (readers, perSecond, run) = asked.Quick ? (200, 20, TimeSpan.FromSeconds(2)) : (1_000, 25, TimeSpan.FromSeconds(Math.Max(10, asked.Run.TotalSeconds)));
            await ContestAsync($"CPU of a delivery, one room of {readers:n0}, {perSecond} messages a second, readers and senders spread", "µs of all nodes", clusters, asked, report,
                (cluster, time) => Measure(cluster, redis, readers, perSecond, time, across: false, m => m.NodeCpu, ct), run, ct, new Aim(One, 1.11, AtMost: true));

            var publishes = asked.Quick ? 200 : 1_000;
            await ContestAsync($"CPU of a publish, {publishes:n0} a second into a room of one reader, senders spread", "µs of all nodes", clusters, asked, report,
                (cluster, time) => Measure(cluster, redis, 1, publishes, time, across: false, m => m.NodeCpu, ct), run, ct);

            await ContestAsync($"Send to receive, {perSecond} messages a second posted to the first node, one room of {readers / 2:n0} on the last", "p99 ms", clusters, asked, report,
                (cluster, time) => Measure(cluster, redis, readers / 2, perSecond, time, across: true, m => m.P99, ct), run, ct);
        }
        finally
        {
            foreach (var cluster in clusters) await cluster.DisposeAsync();
        }
    }

    private sealed record Seen(double NodeCpu, double DatabaseCpu, double RedisCpu, double P50, double P99);

    private static async Task ContestAsync(
        string name, string unit, IReadOnlyList<RoomServer> clusters, BenchArguments asked, Report report, Func<RoomServer, TimeSpan, Measured> measure, TimeSpan run, CancellationToken ct, params Aim[] aims)
    {
        var sides = clusters.Select(cluster => new Side(cluster.Name, (time, stop) => RoomsBench.OnItsThread(() => measure(cluster, time), stop)));
        report.Add(await new Contest(name, unit, [.. sides], aims) { WarmUp = asked.WarmUp }.RunAsync(asked.Pairs, run, ct));
    }

    private static Measured Measure(RoomServer cluster, RedisServer redis, int readers, int perSecond, TimeSpan time, bool across, Func<Seen, double> figure, CancellationToken ct)
    {
        var ports = cluster.Ports;
        using var crowd = new Crowd(cluster.Dialect, n => across ? ports[^1] : ports[n % ports.Count], _ => [0]) { DoorPort = n => across ? ports[0] : ports[n % ports.Count] };
        crowd.Open(readers, null, ct);
        crowd.OpenPublishers(Math.Max(InFlight, perSecond / 50), ct);
        crowd.Pace(perSecond, perSecond, readers, ct); // a second of it: caches and windows
        crowd.Waits = new Latencies();
        var messages = (long)(perSecond * time.TotalSeconds);
        var (nodes, database, between) = (cluster.Cpu, cluster.DatabaseCpu, RedisCpu());
        crowd.Pace(messages, perSecond, readers, ct);
        var each = messages * readers;
        var seen = new Seen((cluster.Cpu - nodes).TotalMicroseconds / each, (cluster.DatabaseCpu - database).TotalMicroseconds / each, (RedisCpu() - between).TotalMicroseconds / each, crowd.Waits.Percentile(50), crowd.Waits.Percentile(99));
        return new Measured(figure(seen))
        {
            Beside = [("nodes' CPU, µs each", seen.NodeCpu), ("PostgreSQL's CPU, µs each", seen.DatabaseCpu), ("Redis' CPU, µs each", seen.RedisCpu), ("p50 ms", seen.P50), ("p99 ms", seen.P99)],
        };

        TimeSpan RedisCpu() => redis.CpuAsync().GetAwaiter().GetResult();
    }
}
