using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;

namespace ChatRelay.Bench.Mail;

/// <summary>Small mails through pooled connections to one sink, ours and nodemailer's in turn.</summary>
internal static class MailRate
{
    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        using var sink = new MailSink();
        using var relay = new RelayMail(sink.Port);
        var contest = new Contest("Mails with text and HTML over SMTP, 10 pooled connections, no TLS", "mails/s",
        [
            Counted("relay", sink, (time, stop) => relay.SendAsync(RelayMail.Small, RelayMail.InFlight, time, stop)),
            Counted("nodemailer, pooled", sink, async (time, stop) => (await NodePeer.MailAsync(Question(sink.Port, time.TotalSeconds), stop)).PerSecond),
        ], new Aim("nodemailer, pooled", 2));
        report.Add(await contest.RunAsync(asked.Pairs, asked.Run, ct));
    }

    public static NodePeer.MailQuestion Question(int port, double seconds) => new(port, seconds, RelayMail.Connections, RelayMail.InFlight, RelayMail.Small.Subject, RelayMail.Small.Text!, RelayMail.Small.Html!, 0);

    /// <summary>A rate stands only if the sink has seen as many mails as the side says.</summary>
    private static Side Counted(string name, MailSink sink, Func<TimeSpan, CancellationToken, Task<double>> measure) => new(name, async (time, ct) =>
    {
        var before = sink.Taken;
        var figure = await measure(time, ct);
        var seen = (sink.Taken - before) / time.TotalSeconds;
        return seen >= figure * 0.9 ? new Measured(figure) : throw new InvalidOperationException($"{name} says {figure:0}/s, the sink saw {seen:0}/s");
    });
}
