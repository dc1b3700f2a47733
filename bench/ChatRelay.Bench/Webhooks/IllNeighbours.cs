using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Webhooks;

/// <summary>A hundred endpoints, with and without a dead and a slow one among them, turn by turn: what the others wait from the request to their arrival. The node has its default settings.</summary>
internal static class IllNeighbours
{
    private const int EventsPerSecond = 5; // 500 deliveries

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        await using var node = await RelayNode.StartAsync(null, [("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.1/32")], ct);
        await using var neighbours = await Neighbours.StartAsync(node.Http, node.Process.Port, node.Key, ct);
        foreach (var ill in (bool[])[false, true]) await P99Async(ill); // warm
        var (well, beside) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < asked.Pairs; pair++)
        {
            foreach (var ill in pair % 2 == 0 ? (bool[])[false, true] : [true, false]) (ill ? beside : well).Add(await P99Async(ill));
            Progress.Say($"pair {pair + 1}/{asked.Pairs}: p99 {well[^1]:0.0} ms, {beside[^1]:0.0} ms beside a dead and a slow one");
        }
        report.Add(new Report.Fact("98 of 100 endpoints, all well: request to arrival, p99", Spread.Of(well), "ms", null));
        report.Add(new Report.Fact("the same 98 beside a dead and a slow one, p99", Spread.Of(beside), "ms", null));
        report.Add(new Report.Fact("beside them, times what it is without", Spread.Of(well.Zip(beside, (a, b) => b / a)), "times", 1.5));

        async Task<double> P99Async(bool ill) => (await neighbours.MeasureAsync(ill, EventsPerSecond, asked.Run, ct)).Percentile(99);
    }
}
