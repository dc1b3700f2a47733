using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Bench.House;

/// <summary>What a freshly started server holds in memory, with a private PostgreSQL beside it that is not counted.</summary>
internal static class MemoryAfterStart
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        using var folder = new ScratchFolder();
        var seen = new List<double>();
        for (var start = 0; start < asked.Pairs; start++)
        {
            await using var relay = await ServerProcess.RelayAsync(folder.Path, [], ct);
            await Task.Delay(Settling, ct); // heartbeats and upkeep have run
            seen.Add(relay.ResidentMb);
            Progress.Say($"memory {start + 1}/{asked.Pairs}: {relay.ResidentMb:0.0} MB");
        }
        report.Add(new Report.Fact("Memory of the server after start", Spread.Of(seen), "MB", 150));
    }
}
