using ChatRelay.Bench.Harness;

namespace ChatRelay.Bench.Rooms;

/// <summary>What a socket costs that has said hello, follows two rooms, and hears nothing. A server begun for it, each time: memory once taken is not given back.</summary>
internal static class IdleMemory
{
    private const int WarmUp = 500, Rooms = 100, OwnFiles = 600;

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        int[] sizes = asked.Quick ? [1_000, 2_000] : [5_000, 19_000];
        if (OpenFiles() is var files && files - OwnFiles < sizes[1])
        {
            Progress.Say($"memory: left out, since {files:n0} open files allow no {sizes[1]:n0} sockets");
            return;
        }
        var sides = RoomServer.All.Select(s => new Side(s.Key, (_, stop) => MeasureAsync(s.Value, sizes, TimeSpan.FromSeconds(asked.Quick ? 1 : 3), stop)));
        var contest = new Contest($"Memory of an idle socket, {sizes[1]:n0} of them in two rooms each", "KB", [.. sides], new Aim(RoomServer.SignalR, 0.5, AtMost: true)) { WarmUp = TimeSpan.Zero };
        var result = await contest.RunAsync(asked.Pairs, asked.Run, ct);
        report.Add(result);
        report.Add(new Report.Fact("Memory of an idle socket of the relay", result.Sides[0].Figure, "KB", 14));
    }

    private static async Task<Measured> MeasureAsync(Func<int, CancellationToken, Task<RoomServer>> startAsync, int[] sizes, TimeSpan settles, CancellationToken ct)
    {
        await using var server = await startAsync(Rooms, ct);
        return await RoomsBench.OnItsThread(() => Measure(server, sizes, settles, ct), ct);
    }

    private static Measured Measure(RoomServer server, int[] sizes, TimeSpan settles, CancellationToken ct)
    {
        var shape = new Shape(sizes[1], Rooms, InTwo: true);
        using (var first = new Crowd(server.Dialect, server.Process.Port, shape.RoomsOf)) // code is compiled, pools are there
        {
            first.Open(WarmUp, null, ct);
            first.PumpFor(settles, ct);
        }
        using var crowd = new Crowd(server.Dialect, server.Process.Port, shape.RoomsOf);
        crowd.PumpFor(settles, ct);
        var before = server.Process.ResidentMb;
        var each = sizes.Select(size =>
        {
            crowd.Open(size, null, ct);
            crowd.PumpFor(settles, ct);
            return (server.Process.ResidentMb - before) * 1000 / size;
        }).ToList();
        return new Measured(each[1]) { Beside = [($"KB with {sizes[0]:n0}", each[0]), ("server before, MB", before)] };
    }

    // The soft limit, which the runtime has raised to the hard one.
    private static int OpenFiles() =>
        File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3] is var soft && int.TryParse(soft, out var files)
            ? files : int.MaxValue;
}
