using ChatRelay.Bench.Harness;

namespace ChatRelay.Bench.Mail;

/// <summary>The SMTP client beside Node's.</summary>
internal static class MailBench
{
    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        if (asked.Wants("rate")) await MailRate.RunAsync(asked, report, ct);
        if (asked.Wants("memory")) await MailMemory.RunAsync(asked, report, ct);
    }
}
