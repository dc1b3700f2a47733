using ChatRelay.Bench.Harness;

namespace ChatRelay.Bench.House;

/// <summary>What stands under everything else: an authenticated read, shared commits, memory.</summary>
internal static class HouseBench
{
    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        if (asked.Wants("reads")) await TenantReads.RunAsync(asked, report, ct);
        if (asked.Wants("commits")) await SharedCommits.RunAsync(asked, report, ct);
        if (asked.Wants("memory")) await MemoryAfterStart.RunAsync(asked, report, ct);
    }
}
