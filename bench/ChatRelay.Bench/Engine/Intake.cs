using ChatRelay.Bench.Harness;
using ChatRelay.Bench.House;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Bench.Engine;

/// <summary>Notifications accepted over HTTP: key, strict validation, notification, delivery and event durable, then 202.</summary>
internal static class Intake
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private const string Insert = "bare .NET, one INSERT a request", Fastify = "Fastify, one INSERT a request";

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        // Accepting alone: what delivers would run on the same two cores.
        await using var node = await RelayNode.StartAsync(null, [("CHATRELAY_ROLES", "api,upkeep"), .. EngineSettings.Of(Nowhere), ("CHATRELAY_BACKLOG", "1000000000"), ("CHATRELAY_BACKLOG_TENANT", "1000000000")], ct);
        await using var fastify = await BenchServers.FastifyAsync(node.Database.ConnectionString, ct);
        await using var bare = await BenchServers.OwnAsync("bare", "/",
            [(BareApi.Body, ""), (BareApi.Database, node.Database.Logins.Owner), (BareApi.Tenant, $"{Guid.NewGuid()}")], ct);
        var (single, batch) = (Traffic.Single(node.Key, Nowhere, 1), Traffic.Batch(node.Key, Nowhere, 100));

        foreach (var connections in new[] { 1, 64, 256 })
        {
            Aim[] aims = connections == 64 ? [new Aim(Fastify, 3), new Aim(Insert, 3)] : connections == 256 ? [new Aim(Fastify, 3)] : [];
            var sides = new List<Side>
            {
                Sending("relay, one a request", node.Process, connections, single, 1),
                Sending(Fastify, fastify, connections, single, 1),
                Sending(Insert, bare, connections, single, 1),
            };
            if (connections == 64) sides.Add(Sending("relay, 100 a request (16 connections)", node.Process, 16, batch, 100));
            var contest = new Contest($"Notifications accepted, {connections} {(connections == 1 ? "connection" : "connections")}", "notifications/s", sides, aims) { WarmUp = TimeSpan.FromSeconds(5) };
            report.Add(await contest.RunAsync(asked.Pairs, asked.Run, ct));
        }
    }

    public static Side Sending(string name, ServerProcess server, int connections, byte[] request, int each) => new(name, async (time, ct) =>
    {
        var cpu = server.Cpu;
        var result = (await new HttpLoad(server.Port, connections, () => request).RunAsync(time, ct)).AllGood();
        return new Measured(result.PerSecond * each)
        {
            Beside =
            [
                ("server CPU, µs each", (server.Cpu - cpu).TotalMicroseconds / result.Answers / each),
                ("p50 ms", result.Latencies.Percentile(50)), ("p99 ms", result.Latencies.Percentile(99)),
            ],
        };
    });
}
