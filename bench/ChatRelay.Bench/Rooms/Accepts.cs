using System.Diagnostics;
using ChatRelay.Bench.Harness;

namespace ChatRelay.Bench.Rooms;

/// <summary>New sockets a second: connected, upgraded, greeted, and in their room; 64 under way at a time.</summary>
internal static class Accepts
{
    private const int Most = 15_000;

    public static async Task RunAsync(BenchArguments asked, IReadOnlyList<RoomServer> servers, Report report, CancellationToken ct)
    {
        var shape = new Shape(Most, asked.Quick ? 100 : RoomServer.MostRooms);
        var sides = servers.Select(s => new Side(s.Name, (time, stop) => RoomsBench.OnItsThread(() => Measure(s, shape, time, stop), stop)));
        report.Add(await new Contest("Sockets accepted, hello answered", "sockets/s", [.. sides]) { WarmUp = asked.WarmUp }.RunAsync(asked.Pairs, asked.Run, ct));
    }

    private static Measured Measure(RoomServer server, Shape shape, TimeSpan time, CancellationToken ct)
    {
        using var crowd = new Crowd(server.Dialect, server.Process.Port, shape.RoomsOf);
        var (cpu, began) = (server.Process.Cpu, Stopwatch.GetTimestamp());
        crowd.Open(Most, time, ct);
        return new Measured(crowd.Ready / Stopwatch.GetElapsedTime(began).TotalSeconds) { Beside = [("server CPU, µs a socket", (server.Process.Cpu - cpu).TotalMicroseconds / crowd.Ready)] };
    }
}
