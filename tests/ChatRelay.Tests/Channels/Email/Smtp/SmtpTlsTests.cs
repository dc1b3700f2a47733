using System.Security.Cryptography.X509Certificates;
using System.Text;
using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>What goes in clear, what does not, and who is let hear a password.</summary>
public sealed class SmtpTlsTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly TestCertificates _certificates = new(Now);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private X509Certificate2 Good => _certificates.For("127.0.0.1", Now.AddHours(-1), Now.AddHours(1));

    private FakeSmtp Server(Func<SmtpMoment, SmtpAct?>? at = null) => new() { Certificate = Good, Offers = [.. FakeSmtp.Extensions, "AUTH PLAIN LOGIN"], At = at ?? (_ => null) };

    private SmtpRig Rig(bool trusting = true) => new(roots: trusting ? _certificates.Roots : null);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData(SmtpSecurity.Starttls, SmtpAuth.Plain), InlineData(SmtpSecurity.Starttls, SmtpAuth.Login), InlineData(SmtpSecurity.Tls, SmtpAuth.Plain), InlineData(SmtpSecurity.Tls, SmtpAuth.Login)]
    internal async Task Everything_but_the_opening_goes_under_tls(SmtpSecurity security, SmtpAuth auth)
    {
        var smtp = Server();
        await using var server = smtp.Start(tlsAtOnce: security is SmtpSecurity.Tls);
        using var rig = Rig();
        Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct, security, auth));
        Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct, security, auth)); // the session is used again
        Assert.Equal(1, server.Connections);
        if (security is SmtpSecurity.Starttls) Assert.Equal(["1 EHLO [127.0.0.1]", "1 STARTTLS"], smtp.Heard.Where(line => line[0] != '*'));
        var login = auth is SmtpAuth.Plain ? $"AUTH PLAIN {Base64("\0ann\0open sesame")}" : $"AUTH LOGIN {Base64("ann")} {Base64("open sesame")}";
        Assert.Contains(smtp.Heard, line => line.EndsWith(login, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stripped_STARTTLS_ends_the_session_before_anything_is_said()
    {
        var smtp = new FakeSmtp { Offers = ["AUTH PLAIN"] };
        await using var server = smtp.Start();
        using var rig = Rig();
        var outcome = Assert.IsType<SendOutcome.TryLater>(await rig.SendAsync(server, Ct, SmtpSecurity.Starttls, SmtpAuth.Plain));
        Assert.Equal((Outcome.TlsError, "The server does not offer STARTTLS."), (outcome.Outcome, outcome.Detail));
        Assert.Equal(["1 EHLO [127.0.0.1]"], smtp.Heard);
    }

    [Theory]
    [InlineData("220 Go\r\n250 injected\r\n"), InlineData("220 Go\r\n250-injected\r\n250 AUTH PLAIN\r\n"), InlineData("220 Go\r\nx"), InlineData("220 Go\r\n\n")]
    public async Task What_comes_in_clear_behind_the_word_to_begin_fails_the_session(string answer)
    {
        var smtp = Server(moment => moment.Step is "STARTTLS" ? FakeSmtp.Says(answer) : null);
        await using var server = smtp.Start();
        using var rig = Rig();
        var outcome = Assert.IsType<SendOutcome.TryLater>(await rig.SendAsync(server, Ct, SmtpSecurity.Starttls, SmtpAuth.Plain));
        Assert.Equal((Outcome.TlsError, "The server sent more in clear before TLS began."), (outcome.Outcome, outcome.Detail));
        Assert.Equal(["1 EHLO [127.0.0.1]", "1 STARTTLS"], smtp.Heard);
    }

    [Fact]
    public async Task What_was_offered_in_clear_counts_for_nothing_under_tls()
    {
        // In clear somebody offers a login; the server itself has none.
        var smtp = new FakeSmtp { Certificate = Good, Offers = [], At = moment => moment is { Step: "EHLO", Connection: 1 } && Clear(moment) ? FakeSmtp.Says("250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n") : null };
        await using var server = smtp.Start();
        using var rig = Rig();
        var outcome = await rig.SendAsync(server, Ct, SmtpSecurity.Starttls, SmtpAuth.Plain);
        Assert.Equal((Outcome.AuthFailed, "The server does not offer AUTH PLAIN."), (outcome.Outcome, outcome.Detail));
        Assert.DoesNotContain(smtp.Heard, line => line.Contains("AUTH", StringComparison.Ordinal));
    }

    private int _ehlos;

    private bool Clear(SmtpMoment moment) => moment.Step is "EHLO" && ++_ehlos == 1;

    [Theory, InlineData(SmtpSecurity.Starttls), InlineData(SmtpSecurity.Tls)]
    internal async Task A_certificate_for_another_host_from_a_stranger_or_of_yesterday_is_a_tls_error(SmtpSecurity security)
    {
        var wrong = new FakeSmtp { Certificate = _certificates.For("mail.example", Now.AddHours(-1), Now.AddHours(1)) };
        var expired = new FakeSmtp { Certificate = _certificates.For("127.0.0.1", Now.AddHours(-2), Now.AddHours(-1)) };
        foreach (var (smtp, trusting) in new[] { (wrong, true), (expired, true), (Server(), false) })
        {
            await using var server = smtp.Start(security is SmtpSecurity.Tls);
            using var rig = Rig(trusting);
            Assert.Equal(Outcome.TlsError, Assert.IsType<SendOutcome.TryLater>(await rig.SendAsync(server, Ct, security, SmtpAuth.Plain)).Outcome);
            Assert.DoesNotContain(smtp.Heard, line => line[0] == '*' || line.Contains("AUTH", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_host_is_checked_by_its_name()
    {
        var smtp = new FakeSmtp { Certificate = _certificates.For("mail.example", Now.AddHours(-1), Now.AddHours(1)) };
        await using var server = smtp.Start();
        using var rig = new SmtpRig(roots: _certificates.Roots, outbound: new OutboundRig().With("mail.example", "127.0.0.1").With("other.example", "127.0.0.1"));
        var account = SmtpRig.Account(server.Port, SmtpSecurity.Starttls);
        Assert.Equal(Outcome.Ok, (await rig.Sender.SendAsync(SmtpRig.Mail(account with { Host = "mail.example" }), Ct)).Outcome);
        Assert.Equal(Outcome.TlsError, (await rig.Sender.SendAsync(SmtpRig.Mail(account with { Host = "other.example" }), Ct)).Outcome);
    }

    [Theory]
    [InlineData("535 5.7.8 no", Outcome.AuthFailed), InlineData("534 5.7.9 too weak", Outcome.AuthFailed), InlineData("530 5.7.0 no", Outcome.AuthFailed), InlineData("504 5.5.4 no", Outcome.AuthFailed)]
    [InlineData("454 4.7.0 later", Outcome.ProviderRejected), InlineData("432 4.7.12 change it", Outcome.AuthFailed), InlineData("334 ", Outcome.ProtocolError), InlineData("250 Ok", Outcome.ProtocolError)]
    public async Task A_login_that_fails_says_how(string answer, Outcome expected)
    {
        var smtp = Server(moment => moment.Step is "AUTH" ? FakeSmtp.Says(answer + "\r\n") : null);
        await using var server = smtp.Start();
        using var rig = Rig();
        var outcome = Assert.IsType<SendOutcome.TryLater>(await rig.SendAsync(server, Ct, SmtpSecurity.Starttls, SmtpAuth.Plain));
        Assert.Equal((expected, false), (outcome.Outcome, outcome.MaybeSent));
        Assert.DoesNotContain(smtp.Heard, line => line.Contains("MAIL", StringComparison.Ordinal));
    }

    [Theory, InlineData(SmtpAuth.Plain), InlineData(SmtpAuth.Login)]
    internal async Task A_server_that_repeats_the_password_does_not_get_it_into_the_attempt(SmtpAuth auth)
    {
        var secrets = new[] { "open sesame", Base64("open sesame"), Base64("\0ann\0open sesame") };
        foreach (var step in new[] { "login", "MAIL", "dot" })
        {
            var said = $"535 you said {secrets[0]} and {(auth is SmtpAuth.Plain ? secrets[2] : secrets[1])}\r\n";
            var smtp = Server(moment => moment.Step == step ? FakeSmtp.Says(said) : null);
            await using var server = smtp.Start();
            using var rig = Rig();
            var outcome = await rig.SendAsync(server, Ct, SmtpSecurity.Starttls, auth);
            Assert.Equal("535 you said *** and ***\r\n", Encoding.ASCII.GetString(outcome.Reply!.Body.Span));
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, $"{outcome}{outcome.Detail}", StringComparison.Ordinal));
        }
    }

    public void Dispose() => _certificates.Dispose();
}
