using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.Channels;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Mail;

/// <summary>What a 10 MB attachment costs while it is sent, beyond its own bytes, which are there before: eight mails in the air share them.</summary>
internal static class MailMemory
{
    private const int InFlight = 8, Bytes = 10_000_000;

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        using var sink = new MailSink();
        using var relay = new RelayMail(sink.Port);
        var mail = RelayMail.Small with { Attachments = [new("report.pdf", "application/pdf", new byte[Bytes])] };
        await relay.OneAsync(mail, ct);
        List<double> allocated = [], resident = [], theirs = [];
        for (var round = 0; round < asked.Pairs; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await relay.OneAsync(mail, ct);
            allocated.Add((GC.GetTotalAllocatedBytes(precise: true) - before) / 1e6);
            resident.Add(await PeakAsync(relay, mail, asked.Run, ct));
            theirs.Add((await NodePeer.MailAsync(MailRate.Question(sink.Port, asked.Run.TotalSeconds) with { InFlight = InFlight, Attachment = Bytes }, ct)).PeakMb / InFlight);
            Progress.Say($"memory {round + 1}/{asked.Pairs}: {allocated[^1]:0.00} MB allocated, {resident[^1]:0.0} MB resident, nodemailer {theirs[^1]:0.0} MB");
        }
        report.Add(new Report.Fact("Allocated for one mail with a 10 MB attachment", Spread.Of(allocated), "MB", 1));
        report.Add(new Report.Fact("Resident memory that each of eight such mails in the air adds", Spread.Of(resident), "MB", 2));
        report.Add(new Report.Fact("The same of nodemailer", Spread.Of(theirs), "MB", null));
    }

    private static async Task<double> PeakAsync(RelayMail relay, EmailMessage mail, TimeSpan time, CancellationToken ct)
    {
        GC.Collect();
        var (before, peak) = (Environment.WorkingSet, 0L);
        var sending = relay.SendAsync(mail, InFlight, time, ct);
        while (await Task.WhenAny(sending, Task.Delay(20, ct)) != sending) peak = Math.Max(peak, Environment.WorkingSet);
        await sending;
        return Math.Max(0, peak - before) / 1e6 / InFlight;
    }
}
