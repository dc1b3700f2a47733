using ChatRelay.Bench.Harness;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Rooms;

/// <summary>How long a message is on its way at a modest rate: from before it leaves, durable on the way or not, until each of a thousand readers has it.</summary>
internal static class SendToReceive
{
    private const int PerSecond = 20, Readers = 1_000, InFlight = 4;

    public static async Task RunAsync(BenchArguments asked, IReadOnlyList<RoomServer> servers, Report report, CancellationToken ct)
    {
        var shape = new Shape(Readers, 1);
        var sides = servers.Select(s => new Side(s.Name, (time, stop) => RoomsBench.OnItsThread(() => Measure(s, shape, time, stop), stop)));
        var contest = new Contest($"Send to receive, {shape}, {PerSecond} messages a second", "p99 ms", [.. sides], new Aim(RoomServer.Nchan, 1.2, AtMost: true)) { WarmUp = asked.WarmUp };
        report.Add(await contest.RunAsync(asked.Pairs, asked.Quick ? TimeSpan.FromSeconds(2) : asked.Run, ct));
    }

    private static Measured Measure(RoomServer server, Shape shape, TimeSpan time, CancellationToken ct)
    {
        using var crowd = new Crowd(server.Dialect, server.Process.Port, shape.RoomsOf);
        crowd.Open(shape.Readers, null, ct);
        crowd.OpenPublishers(InFlight, ct);
        crowd.Pace(5, PerSecond, shape.EachMessage, ct);
        crowd.Waits = new Latencies();
        crowd.Pace((long)(PerSecond * time.TotalSeconds), PerSecond, shape.EachMessage, ct);
        return new Measured(crowd.Waits.Percentile(99)) { Beside = [("p50 ms", crowd.Waits.Percentile(50)), ("p99.9 ms", crowd.Waits.Percentile(99.9))] };
    }
}
