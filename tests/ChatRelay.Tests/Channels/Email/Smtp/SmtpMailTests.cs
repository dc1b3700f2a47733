using ChatRelay.Channels;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>The suite of all providers over SMTP, in the words of servers that tenants have accounts at.</summary>
public sealed class SmtpMailTests : EmailConformance
{
    private const string Rfc5321 = "https://www.rfc-editor.org/rfc/rfc5321", Rfc4954 = "https://www.rfc-editor.org/rfc/rfc4954", Gmail = "https://support.google.com/a/answer/3726730";
    private const string Ses = "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html", Exchange = "https://techcommunity.microsoft.com/blog/exchange/607825";

    /// <summary>Where in the session a story is told, in which words, and the page that has them.</summary>
    private static (string Step, string Answer, string Page) Told(MailStory story) => story switch
    {
        MailStory.Takes => ("dot", "250 2.0.0 Ok: queued as 6D16826F000D\r\n", "https://www.postfix.org/postconf.5.html"),
        MailStory.TakesWithoutId => ("dot", "250 OK\r\n", $"{Rfc5321}#appendix-D.1"),
        MailStory.RefusesRecipient => ("RCPT", "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550 5.1.1 double-checking the recipient's email address - gsmtp\r\n", Gmail),
        MailStory.RefusesContent => ("dot", "552 5.7.0 Our system detected an illegal attachment on your message. - gsmtp\r\n", Gmail),
        MailStory.RefusesAccount => ("AUTH", "535 5.7.8  Authentication credentials invalid\r\n", $"{Rfc4954}#section-6"),
        MailStory.IsUsedUp => ("MAIL", "454 Throttling failure: Daily message quota exceeded\r\n", Ses),
        MailStory.Throttles => ("dot", "454 Throttling failure: Maximum sending rate exceeded\r\n", Ses),
        MailStory.IsDown => ("MAIL", "421 fake.example Service not available, closing transmission channel\r\n", $"{Rfc5321}#section-4.2.3"),
        MailStory.SaysNonsense => ("dot", "HTTP/1.1 200 OK\r\n\r\n", "https://www.rfc-editor.org/rfc/rfc9112"),
        _ => ("", "", Rfc5321),
    };

    private protected override Task<MailRig> PlayAsync(MailStory story)
    {
        var (step, answer, page) = Told(story);
        Assert.StartsWith("https://", page);
        var reached = new TaskCompletionSource();
        var smtp = new FakeSmtp
        {
            Offers = [.. FakeSmtp.Extensions, "AUTH PLAIN LOGIN"],
            At = moment => (story, moment.Step) switch
            {
                (MailStory.SaysNothing or MailStory.IsLeft, "dot") => FakeSmtp.Hangs(),
                (MailStory.SaysTooMuch, "dot") => FakeSmtp.Floods($"250-{new string('x', 1000)}\r\n"),
                (MailStory.HangsUp, "dot") => FakeSmtp.Leaves(),
                (MailStory.NeverBegins, "greeting") => Reached(reached, FakeSmtp.Hangs()),
                (MailStory.IsDown, "MAIL") => FakeSmtp.Leaves(answer),
                _ => moment.Step == step ? FakeSmtp.Says(answer) : null,
            },
        };
        return RigAsync(smtp, story, reached.Task);
    }

    private static async Task<MailRig> RigAsync(FakeSmtp smtp, MailStory story, Task reached)
    {
        var server = smtp.Start();
        if (story is MailStory.IsNotThere) await server.DisposeAsync();
        return new SmtpMailRig(server, new SmtpRig(outbound: new OutboundRig(story is MailStory.IsForbidden ? [] : null)), reached);
    }

    private static SmtpAct Reached(TaskCompletionSource reached, SmtpAct act) => connection =>
    {
        reached.SetResult();
        return act(connection);
    };

    private protected override ArrivedMail Expect(EmailMessage mail) => ArrivedMime.Expect(base.Expect(mail));

    public static TheoryData<string, string, string, string, Verdict, Outcome> Published => new()
    {
        { $"{Rfc5321}#appendix-D.1", "dot", "250 OK", "250 OK", Verdict.Accepted, Outcome.Ok },
        { Gmail, "RCPT", "550 5.1.1 The email account that you tried to reach does not exist.", "550 5.1.1", Verdict.Refused, Outcome.InvalidRecipient },
        { Gmail, "RCPT", "550 5.2.1 The email account that you tried to reach is disabled.", "550 5.2.1", Verdict.Refused, Outcome.InvalidRecipient },
        { Gmail, "RCPT", "452 4.2.2 The email account that you tried to reach is over quota.", "452 4.2.2", Verdict.TryLater, Outcome.ProviderRejected },
        { Gmail, "RCPT", "450 4.2.1 The user you are trying to contact is receiving mail too quickly.", "450 4.2.1", Verdict.TryLater, Outcome.ProviderRejected },
        { Gmail, "MAIL", "550 5.4.5 Daily SMTP relay limit exceeded for user.", "550 5.4.5", Verdict.TryLater, Outcome.Quota },
        { Gmail, "MAIL", "530 5.7.0 Must issue a STARTTLS command first.", "530 5.7.0", Verdict.TryLater, Outcome.AuthFailed },
        { Gmail, "AUTH", "535 5.7.8 Username and Password not accepted.", "535 5.7.8", Verdict.TryLater, Outcome.AuthFailed },
        { Gmail, "AUTH", "454 4.7.0 Cannot authenticate due to a temporary system problem.", "454 4.7.0", Verdict.TryLater, Outcome.ProviderRejected },
        { Gmail, "greeting", "421 4.3.0 Temporary System Problem. Try again later", "421 4.3.0", Verdict.TryLater, Outcome.ProviderRejected },
        { Gmail, "dot", "421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.", "421 4.7.28", Verdict.TryLater, Outcome.RateLimited },
        { Gmail, "dot", "550 5.7.1 Our system has detected that this message is likely unsolicited mail.", "550 5.7.1", Verdict.Refused, Outcome.ProviderRejected },
        { $"{Rfc4954}#section-4.7", "AUTH", "432 4.7.12 A password transition is needed", "432 4.7.12", Verdict.TryLater, Outcome.AuthFailed },
        { $"{Rfc4954}#section-6", "AUTH", "534 5.7.9 Authentication mechanism is too weak", "534 5.7.9", Verdict.TryLater, Outcome.AuthFailed },
        { Exchange, "greeting", "432 4.3.2 concurrent connection limit exceeded", "432 4.3.2", Verdict.TryLater, Outcome.RateLimited },
        { Exchange, "dot", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "432 4.3.2", Verdict.TryLater, Outcome.RateLimited },
        { Ses, "dot", "454 Throttling failure: Maximum sending rate exceeded", "454", Verdict.TryLater, Outcome.RateLimited },
        { Ses, "dot", "454 Throttling failure: Daily message quota exceeded", "454", Verdict.TryLater, Outcome.Quota },
    };

    [Theory, MemberData(nameof(Published))]
    public async Task Published_answers_mean_what_their_pages_say(string page, string step, string answer, string digits, Verdict verdict, Outcome outcome)
    {
        Assert.StartsWith("https://", page);
        var smtp = new FakeSmtp { Offers = [.. FakeSmtp.Extensions, "AUTH PLAIN"], At = moment => moment.Step == step ? FakeSmtp.Says($"{answer}\r\n") : null };
        await using var rig = await RigAsync(smtp, MailStory.Takes, Task.CompletedTask);
        var came = await rig.SendAsync(MailGiven.Plain, Ct);
        Assert.Equal((verdict, outcome, false), (came switch { SendOutcome.Accepted => Verdict.Accepted, SendOutcome.Refused => Verdict.Refused, _ => Verdict.TryLater }, came.Outcome, came.MaybeSent));
        if (verdict is not Verdict.Accepted) Assert.EndsWith($"was answered with {digits}.", came.Detail);
    }

    /// <summary>A server on a socket, and the sender with its pool.</summary>
    private sealed class SmtpMailRig(FakeReceiver server, SmtpRig rig, Task reached) : MailRig
    {
        public override int Arrivals => server.Requests.Count;

        public override Task<SendOutcome> SendAsync(EmailMessage mail, CancellationToken ct) =>
            rig.Sender.SendAsync(MailGiven.To(SmtpRig.Account(server.Port, auth: SmtpAuth.Plain), mail), ct);

        public override async Task<ArrivedMail> ArrivedAsync(CancellationToken ct)
        {
            var mail = await server.NextAsync(ct);
            return await ArrivedMime.ReadAsync(mail.Body, [.. mail.Headers.Where(line => line.Key == "RCPT").Select(line => line.Value)], ct);
        }

        public override async Task HasAllAsync(CancellationToken ct) => await server.NextAsync(ct);

        public override Task IsReachedAsync(CancellationToken ct) => reached.WaitAsync(ct);

        public override void TimePasses(TimeSpan time) => rig.Clock.Advance(time);

        public override async ValueTask DisposeAsync()
        {
            rig.Dispose();
            await server.DisposeAsync();
        }
    }
}
