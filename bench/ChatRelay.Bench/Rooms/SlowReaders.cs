using ChatRelay.Bench.Harness;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Rooms;

/// <summary>Readers that stop reading in a room of a thousand: what the others feel of it, and what it costs the node. Messages are large, so that no window hides who reads and who does not.</summary>
internal static class SlowReaders
{
    private const int PerSecond = 50, Readers = 1_000, InFlight = 4, Large = 4_000, Many = 500;
    private const string AllRead = "all read";

    public static async Task RunAsync(BenchArguments asked, RoomServer relay, Report report, CancellationToken ct)
    {
        var sides = new[] { ("one has stopped", 1), (AllRead, 0), ($"{Many} have stopped", Many) }
            .Select(s => new Side(s.Item1, (time, stop) => RoomsBench.OnItsThread(() => Measure(relay, s.Item2, time, stop), stop)));
        var contest = new Contest($"Send to receive beside readers that have stopped, one room of {Readers:n0}, {PerSecond} messages of {Large / 1000} KB a second", "p99 ms", [.. sides], new Aim(AllRead, 1.5, AtMost: true)) { WarmUp = asked.WarmUp };
        var result = await contest.RunAsync(asked.Pairs, asked.Quick ? TimeSpan.FromSeconds(2) : asked.Run * 2, ct);
        report.Add(result);
        report.Add(new Report.Fact($"What {Many} stopped readers add to the server's memory", Spread.Of([result.Sides[2].Beside["memory more, MB"] - result.Sides[1].Beside["memory more, MB"]]), "MB", 128));
    }

    private static Measured Measure(RoomServer relay, int stopped, TimeSpan time, CancellationToken ct)
    {
        using var crowd = new Crowd(relay.Dialect, relay.Process.Port, _ => [0]) { Stopping = stopped, BodyBytes = Large };
        crowd.Open(Readers, null, ct);
        crowd.OpenPublishers(InFlight, ct);
        crowd.Pace(5, PerSecond, Readers, ct);
        crowd.Stop();
        var (before, most) = (relay.Process.ResidentMb, 0.0);
        crowd.Waits = new Latencies();
        for (var second = 0; second < time.TotalSeconds; second++)
        {
            crowd.Pace(PerSecond, PerSecond, Readers - stopped, ct);
            most = Math.Max(most, relay.Process.ResidentMb - before);
        }
        return new Measured(crowd.Waits.Percentile(99)) { Beside = [("p50 ms", crowd.Waits.Percentile(50)), ("memory more, MB", most)] };
    }
}
