using System.Diagnostics;
using ChatRelay.Bench.Harness;

namespace ChatRelay.Bench.Rooms;

/// <summary>Messages of 200 bytes delivered a second: one at a time (the next leaves when all have received), and with several in the air.</summary>
internal static class FanOut
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(BenchArguments asked, IReadOnlyList<RoomServer> servers, Report report, CancellationToken ct)
    {
        Shape[] shapes = asked.Quick ? [new(1_000, 1), new(1_000, 100)] : [new(1_000, 1), new(5_000, 1), new(10_000, 1_000)];
        foreach (var shape in shapes)
        {
            foreach (var inFlight in asked.Quick && shape.Rooms > 1 ? new[] { 16 } : [1, 16])
            {
                var sides = servers.Select(s => new Side(s.Name, (time, stop) => RoomsBench.OnItsThread(() => Measure(s, shape, inFlight, time, stop), stop)));
                var contest = new Contest($"Deliveries, {shape}, {(inFlight == 1 ? "one message at a time" : $"{inFlight} in flight")}", "deliveries/s", [.. sides], AimsOf(shape, inFlight))
                {
                    WarmUp = asked.WarmUp,
                };
                report.Add(await contest.RunAsync(asked.Pairs, asked.Run, ct));
            }
        }
    }

    private static Aim[] AimsOf(Shape shape, int inFlight) =>
        shape.Rooms > 1 ? [] : inFlight == 1 ? [new(RoomServer.SocketIo, 1.3), new(RoomServer.SignalR, 1.5), new(RoomServer.Nchan, 1)]
        : [new(RoomServer.SocketIo, 10), new(RoomServer.SignalR, 1.8), new(RoomServer.Nchan, 6)];

    private static Measured Measure(RoomServer server, Shape shape, int inFlight, TimeSpan time, CancellationToken ct)
    {
        using var crowd = new Crowd(server.Dialect, server.Process.Port, shape.RoomsOf);
        crowd.Open(shape.Readers, null, ct);
        crowd.OpenPublishers(inFlight, ct);
        var sent = 0L;
        Publish(TimeSpan.FromMilliseconds(300)); // caches and windows; not counted
        var (cpu, before, began) = (server.Process.Cpu, crowd.Messages, Stopwatch.GetTimestamp());
        Publish(time);
        var (took, got, used) = (Stopwatch.GetElapsedTime(began), crowd.Messages - before, server.Process.Cpu - cpu);
        Complete();
        return new Measured(got / took.TotalSeconds)
        {
            Beside = [("server CPU, µs a delivery", used.TotalMicroseconds / got), ("messages/s", got / took.TotalSeconds / shape.EachMessage)],
        };

        void Publish(TimeSpan so)
        {
            for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < so; crowd.Pump(50))
            {
                ct.ThrowIfCancellationRequested();
                while (crowd.Messages >= (sent - inFlight + 1) * shape.EachMessage && crowd.TryPublish((int)(sent % shape.Rooms))) sent++;
            }
        }

        // A side that loses or doubles a message has no figure.
        void Complete()
        {
            for (var since = Stopwatch.GetTimestamp(); crowd.Messages < sent * shape.EachMessage && Stopwatch.GetElapsedTime(since) < Patience;) crowd.Pump(50);
            crowd.PumpFor(TimeSpan.FromMilliseconds(100), ct);
            if (crowd.Messages != sent * shape.EachMessage)
                throw new InvalidOperationException($"{server.Name}: {crowd.Messages} deliveries of {sent} messages to {shape.EachMessage} readers each");
        }
    }
}
