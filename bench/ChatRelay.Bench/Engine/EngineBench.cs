using ChatRelay.Bench.Harness;

namespace ChatRelay.Bench.Engine;

/// <summary>Accepting, delivering, and the time between, beside other people's queues on the same PostgreSQL.</summary>
internal static class EngineBench
{
    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        if (asked.Wants("jobs")) await NoOpJobs.RunAsync(asked, report, ct);
        if (asked.Wants("intake")) await Intake.RunAsync(asked, report, ct);
        if (asked.Wants("posts")) await Posts.RunAsync(asked, report, ct);
        if (asked.Wants("latency")) await FirstAttempt.RunAsync(asked, report, ct);
        if (asked.Wants("long")) await LongRun.RunAsync(asked, report, ct);
    }
}
