using ChatRelay.Bench.Harness;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Rooms;

/// <summary>Messages numbered and committed a second, nobody reading: all into one room, and spread over many. No peer here stores anything.</summary>
internal static class Publishes
{
    public static async Task RunAsync(BenchArguments asked, RoomServer relay, Report report, CancellationToken ct)
    {
        var rooms = asked.Quick ? 100 : RoomServer.MostRooms;
        foreach (var senders in asked.Quick ? new[] { 64 } : [1, 64, 256])
        {
            var contest = new Contest($"Durable publishes, {senders} {(senders == 1 ? "sender" : "senders")}", "publishes/s", [Into($"{rooms:n0} rooms", relay, rooms, senders), Into("one room", relay, 1, senders)]) { WarmUp = asked.WarmUp };
            var result = await contest.RunAsync(asked.Pairs, asked.Run, ct);
            report.Add(result);
            if (senders == 1) continue;
            report.Add(new Report.Fact($"Into {rooms:n0} rooms, {senders} senders", result.Sides[0].Figure, "publishes/s", null) { AtLeast = 10_000 });
            report.Add(new Report.Fact($"Into one room, {senders} senders", result.Sides[1].Figure, "publishes/s", null) { AtLeast = 5_000 });
        }
    }

    private static Side Into(string name, RoomServer relay, int rooms, int senders) => new(name, async (time, ct) =>
    {
        var (next, cpu) = (0, relay.Process.Cpu);
        var result = (await new HttpLoad(relay.Process.Port, senders, () => relay.Dialect.Message(next++ % rooms, Body.Now())).RunAsync(time, ct)).AllGood();
        return new Measured(result.PerSecond)
        {
            Beside = [("server CPU, µs each", (relay.Process.Cpu - cpu).TotalMicroseconds / result.Answers), ("p50 ms", result.Latencies.Percentile(50)), ("p99 ms", result.Latencies.Percentile(99))],
        };
    });
}
