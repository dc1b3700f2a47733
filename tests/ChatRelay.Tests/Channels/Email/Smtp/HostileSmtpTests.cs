using ChatRelay.Channels;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>Every step of a session, and everything that a server may do there instead of answering.</summary>
public sealed class HostileSmtpTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow(); // certificates live on the machine's clock
    private readonly TestCertificates _certificates = new(Now);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>In the order of a session. `EHLO` is the first, in clear; `ehlo` the one under TLS.</summary>
    private static readonly string[] Steps = ["greeting", "EHLO", "STARTTLS", "handshake", "ehlo", "AUTH", "MAIL", "RCPT", "DATA", "dot"];

    private static readonly (string Name, Func<FakeClock, SmtpAct> Act, Outcome Outcome)[] Acts =
    [
        ("cuts", _ => FakeSmtp.Leaves(), Outcome.ConnectionError),
        ("resets", _ => FakeSmtp.Resets(), Outcome.ConnectionError),
        ("cuts in the middle of a line", _ => FakeSmtp.Leaves("25"), Outcome.ConnectionError),
        ("cuts in the middle of an answer", _ => FakeSmtp.Leaves("250-one\r\n250-two\r\n"), Outcome.ConnectionError),
        ("says nothing", _ => FakeSmtp.Hangs(), Outcome.Timeout),
        ("stops in the middle of a line", _ => FakeSmtp.Hangs("250 o"), Outcome.Timeout),
        ("drips", clock => FakeSmtp.Drips("250 a very long answer, a byte each second\r\n", clock), Outcome.Timeout),
        ("ends lines with LF", _ => FakeSmtp.Says("250 Ok\n"), Outcome.ProtocolError),
        ("hides a CR in a line", _ => FakeSmtp.Says("250 Ok\r550 no\r\n"), Outcome.ProtocolError),
        ("speaks HTTP", _ => FakeSmtp.Says("HTTP/1.1 400 Bad Request\r\n"), Outcome.ProtocolError),
        ("says NUL", _ => FakeSmtp.Says("\0\0\0\0\r\n"), Outcome.ProtocolError),
        ("says a code that is none", _ => FakeSmtp.Says("199 Ok\r\n"), Outcome.ProtocolError),
        ("says two codes in one answer", _ => FakeSmtp.Says("250-Ok\r\n550 no\r\n"), Outcome.ProtocolError),
        ("says a line without end", _ => FakeSmtp.Floods(new string('2', 1000)), Outcome.ProtocolError),
        ("says lines without end", _ => FakeSmtp.Floods("250-and another\r\n"), Outcome.ProtocolError),
        ("says one huge answer", _ => FakeSmtp.Says($"{string.Concat(Enumerable.Repeat($"250-{new string('x', 4000)}\r\n", 5))}250 Ok\r\n"), Outcome.ProtocolError),
        ("says go on where that means nothing", _ => FakeSmtp.Says("399 hm\r\n"), Outcome.ProtocolError),
        ("says later", _ => FakeSmtp.Says("451 4.3.0 later\r\n"), Outcome.ProviderRejected),
        ("says goodbye", _ => FakeSmtp.Leaves("421 4.3.2 closing\r\n"), Outcome.ProviderRejected),
        ("says no", _ => FakeSmtp.Says("550 5.7.1 no\r\n"), Outcome.ProviderRejected),
        ("does not understand", _ => FakeSmtp.Says("502 5.5.1 what?\r\n"), Outcome.ProtocolError),
    ];

    public static TheoryData<string, string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, bool>();
            foreach (var step in Steps)
                foreach (var (name, _, _) in Acts)
                    foreach (var groups in new[] { true, false })
                        if (step is not "handshake" || name.StartsWith("cuts", StringComparison.Ordinal) || name.StartsWith("says", StringComparison.Ordinal) || name is "resets") cases.Add(step, name, groups);
            return cases;
        }
    }

    /// <summary>What the step makes of the act, where that is not the act's own outcome.</summary>
    private static Outcome Expected(string step, string act, Outcome plain) => (step, act) switch
    {
        ("handshake", "says nothing") => Outcome.Timeout,
        ("handshake", _) => Outcome.TlsError, // whatever it says, it is no TLS
        ("STARTTLS", "says later" or "says no" or "does not understand" or "says goodbye") => Outcome.TlsError,
        ("AUTH", "says no" or "does not understand") => Outcome.AuthFailed,
        _ => plain,
    };

    [Theory, MemberData(nameof(Cases))]
    public async Task Each_step_ends_as_it_should_and_the_next_mail_goes(string step, string act, bool groups)
    {
        var (_, make, plain) = Acts.Single(one => one.Name == act);
        using var rig = Rig();
        var reached = new TaskCompletionSource();
        var (script, ehlos, done) = (make(rig.Clock), 0, false);
        var smtp = new FakeSmtp
        {
            Certificate = _certificates.For("127.0.0.1", Now.AddHours(-1), Now.AddHours(1)),
            Offers = groups ? [.. FakeSmtp.Extensions, "AUTH PLAIN"] : ["AUTH PLAIN"],
            At = moment =>
            {
                var here = moment.Step switch { "EHLO" => ++ehlos == 1 ? "EHLO" : "ehlo", "login" => "AUTH", var other => other };
                if (here != step || done) return null;
                done = true;
                reached.SetResult();
                return script;
            },
        };
        await using var server = smtp.Start();

        var sending = SendAsync(rig, server);
        if (plain is Outcome.Timeout)
        {
            await reached.Task.WaitAsync(Ct);
            rig.Clock.Advance(SmtpRig.Timeout);
        }
        var outcome = await sending.WaitAsync(TimeSpan.FromSeconds(60), Ct);

        Assert.Equal(Expected(step, act, plain), outcome.Outcome);
        Assert.Equal(step is "dot" && act is not ("says later" or "says no" or "says goodbye" or "does not understand"), outcome.MaybeSent);
        Assert.Equal(act is "says no" && step is ("MAIL" or "RCPT" or "DATA" or "dot"), outcome is SendOutcome.Refused);
        Assert.Equal(step is "dot" ? 1 : 0, server.Requests.Count); // the fake had it whole only there
        Assert.DoesNotContain(smtp.Heard, line => line.Contains("AUTH", StringComparison.Ordinal) && !line.StartsWith('*'));

        // Nothing of what was said is left over for the next one: a session goes on only behind a plain refusal.
        Assert.Equal(outcome.Reply is { Status: >= 400 and not 421 } && step is "MAIL" or "RCPT" or "DATA" or "dot" ? 1 : 0, rig.Connections.Count.Idle);
        Assert.IsType<SendOutcome.Accepted>(await SendAsync(rig, server).WaitAsync(TimeSpan.FromSeconds(60), Ct));
    }

    // So large that it cannot be on its way as a whole when the server acts on its first line.
    private static readonly string Large = string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 400_000));

    private static async Task<SendOutcome> SendLargeAsync(SmtpRig rig, SmtpAct act, Task? reached = null)
    {
        await using var server = new FakeSmtp { Offers = ["PIPELINING"], At = moment => moment.Step is "body" ? act : null }.Start();
        var sending = rig.Sender.SendAsync(SmtpRig.Mail(SmtpRig.Account(server.Port), Large), Ct);
        if (reached is not null)
        {
            await reached.WaitAsync(Ct);
            rig.Clock.Advance(SmtpRig.Timeout);
        }
        var outcome = await sending.WaitAsync(TimeSpan.FromSeconds(60), Ct);
        Assert.Empty(server.Requests);
        return outcome;
    }

    [Fact]
    public async Task A_session_cut_before_the_dot_has_sent_nothing()
    {
        using var rig = Rig();
        foreach (var act in new[] { FakeSmtp.Leaves(), FakeSmtp.Resets() })
        {
            var outcome = Assert.IsType<SendOutcome.TryLater>(await SendLargeAsync(rig, act));
            Assert.Equal((Outcome.ConnectionError, false), (outcome.Outcome, outcome.MaybeSent));
        }
    }

    [Fact]
    public async Task A_server_that_stops_reading_before_the_dot_has_got_nothing()
    {
        using var rig = Rig();
        var reached = new TaskCompletionSource();
        var outcome = await SendLargeAsync(rig, connection =>
        {
            reached.SetResult();
            return FakeSmtp.Hangs()(connection);
        }, reached.Task);
        Assert.Equal((Outcome.Timeout, false, "The server did not read the mail in time."), (outcome.Outcome, outcome.MaybeSent, outcome.Detail));
    }

    [Fact]
    public async Task A_server_that_refuses_in_the_middle_of_a_mail_is_heard()
    {
        using var rig = Rig();
        var outcome = await SendLargeAsync(rig, FakeSmtp.Leaves("552 5.3.4 too large\r\n"));
        // The kernel may drop what was said before the end of the connection was noticed; nothing was sent in either case.
        Assert.Contains(outcome.Outcome, new[] { Outcome.ProviderRejected, Outcome.ConnectionError });
        Assert.False(outcome.MaybeSent);
    }

    [Theory]
    [InlineData("354 Go on\r\n250 2.0.0 taken\r\n", Outcome.ProtocolError), InlineData("354 Go on\r\n554 5.7.1 no\r\n", Outcome.ProviderRejected), InlineData("354 Go on\r\n2", Outcome.ConnectionError)]
    public async Task An_answer_that_comes_before_the_dot_is_no_answer_to_the_mail(string answer, Outcome expected)
    {
        await using var server = new FakeSmtp { At = moment => moment.Step is "DATA" ? FakeSmtp.Leaves(answer) : null }.Start();
        using var rig = Rig();
        var outcome = await rig.SendAsync(server, Ct);
        Assert.Equal((expected, false), (outcome.Outcome, outcome.MaybeSent));
    }

    [Fact]
    public async Task A_connection_that_breaks_under_the_piece_with_the_dot_may_have_sent()
    {
        var (begun, gone) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = new FakeSmtp
        {
            At = moment => moment.Step is not "DATA" ? null : async connection =>
            {
                await connection.SendAsync("354 Go on\r\n");
                await begun.Task;
                connection.Reset();
                gone.SetResult();
                return false;
            },
        }.Start();
        using var rig = Rig();
        using var deadline = new SmtpDeadline(rig.Outbound.Relay, SmtpRig.Timeout, Ct);
        var opened = Assert.IsType<SmtpOpened.Open>(await new SmtpOpening(rig.Outbound.Dialer, new(), rig.Outbound.Relay).OpenAsync(SmtpRig.Account(server.Port), OutboundAllow.None, deadline));
        using var session = opened.Session;
        // The mail fits into one piece, so nothing leaves before its dot; by then there is nobody to take it.
        var tried = await session.SendAsync(new("from@sender.example", "to@receiver.example", []), new(5, async (to, ct) =>
        {
            await to.WriteAsync("Hello"u8.ToArray(), ct);
            begun.SetResult();
            await gone.Task;
        }), deadline);
        Assert.Equal((Outcome.ConnectionError, true), (tried.Outcome.Outcome, tried.Outcome.MaybeSent));
        Assert.Empty(server.Requests);
    }

    private SmtpRig Rig() => new(roots: _certificates.Roots);

    private static Task<SendOutcome> SendAsync(SmtpRig rig, FakeReceiver server) => rig.SendAsync(server, Ct, SmtpSecurity.Starttls, SmtpAuth.Plain);

    public void Dispose() => _certificates.Dispose();
}
