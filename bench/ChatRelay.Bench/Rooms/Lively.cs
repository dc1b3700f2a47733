using System.Buffers.Text;
using System.Diagnostics;
using ChatRelay.Bench.Harness;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Rooms;

/// <summary>
/// A room where everybody types, reads and reacts, against the same room where they only listen: what messages feel of it, and what it costs the node.
/// In 200 all of it goes out to everybody; in 5,000 reactions and counts do, and the rest is taken and goes no further.
/// </summary>
internal static class Lively
{
    private const int InFlight = 4;
    private const string Quiet = "only listening";

    /// <summary>What the members of a room do in a second, all together, and the messages beside it.</summary>
    private sealed record Habits(int Members, int Messages, int Typing, int Reads, int Reactions, int Shows);

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        // Each types every three seconds, reads every two, reacts every ten.
        await RunAsync(asked, new(200, Messages: 20, Typing: 67, Reads: 100, Reactions: 20, Shows: 1), report, ct);
        // Each types and reads every ten seconds; ten react, and one comes or goes: fifty thousand frames a second.
        await RunAsync(asked, new(asked.Quick ? 500 : 5_000, Messages: 5, Typing: 500, Reads: 500, Reactions: 10, Shows: 1), report, ct);
    }

    private static async Task RunAsync(BenchArguments asked, Habits habits, Report report, CancellationToken ct)
    {
        var (server, dialect, message) = await RoomServer.GroupAsync(habits.Members, ct);
        await using var _ = server;
        var sides = new[] { ("all type, read and react", true), (Quiet, false) }
            .Select(s => new Side(s.Item1, (time, stop) => RoomsBench.OnItsThread(() => Measure(server, dialect, message, s.Item2 ? habits : null, habits, time, stop), stop)));
        var contest = new Contest($"Send to receive in a lively room of {habits.Members:n0}, {habits.Messages} messages a second", "p99 ms", [.. sides], new Aim(Quiet, 1.5, AtMost: true)) { WarmUp = asked.WarmUp };
        report.Add(await contest.RunAsync(asked.Pairs, asked.Quick ? TimeSpan.FromSeconds(2) : asked.Run, ct));
    }

    private static Measured Measure(RoomServer server, RelayDialect dialect, string message, Habits? lively, Habits room, TimeSpan time, CancellationToken ct)
    {
        using var crowd = new Crowd(dialect, server.Process.Port, _ => [0]);
        crowd.Open(room.Members, null, ct);
        crowd.OpenPublishers(InFlight, ct);
        var doings = lively is null ? null : new Doings(crowd, dialect, message, lively);
        crowd.Meanwhile = doings is null ? null : doings.UpTo;
        crowd.Pace(room.Messages, room.Messages, room.Members, ct); // a second of it: what joining has to tell is told
        crowd.Waits = new Latencies();
        var (cpu, others, began) = (server.Process.Cpu, crowd.Others, Stopwatch.GetTimestamp());
        doings?.Begin();
        crowd.Pace((long)Math.Ceiling(room.Messages * time.TotalSeconds), room.Messages, room.Members, ct);
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new Measured(crowd.Waits.Percentile(99))
        {
            Beside =
            [
                ("p50 ms", crowd.Waits.Percentile(50)), ("server CPU, % of a core", (server.Process.Cpu - cpu).TotalSeconds / took * 100),
                ("other frames a second", (crowd.Others - others) / took),
            ],
        };
    }

    /// <summary>What is due by now, member by member in turn.</summary>
    private sealed class Doings(Crowd crowd, RelayDialect dialect, string message, Habits habits)
    {
        private int _typed, _read, _reacted, _shown;

        /// <summary>The seconds begin anew.</summary>
        public void Begin() => (_typed, _read, _reacted, _shown) = (0, 0, 0, 0);

        public void UpTo(double seconds)
        {
            for (; _typed < seconds * habits.Typing; _typed++) crowd.Say(_typed % habits.Members, dialect.Typing(0));
            if (NumberIn(crowd.Last) is { } number)
                for (; _read < seconds * habits.Reads; _read++) crowd.Say(_read % habits.Members, dialect.Read(0, number));
            // Each by turns: it is there, and taken back.
            for (; _reacted < seconds * habits.Reactions; _reacted++) crowd.Say(_reacted / 2 % habits.Members, dialect.React(0, message, takesBack: _reacted % 2 == 1));
            for (; _shown < seconds * habits.Shows; _shown++) crowd.Say(0, RelayDialect.Shows(_shown % 2 == 0 ? "invisible" : "online"));
        }

        private static long? NumberIn(ReadOnlySpan<byte> frame) =>
            frame.IndexOf("\"s\":"u8) is >= 0 and var at && Utf8Parser.TryParse(frame[(at + 4)..], out long number, out _) ? number : null;
    }
}
