using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Settings;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Mail;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>Through servers that we did not write: every mail arrives once, and its bytes are those that were written.</summary>
public sealed class ForeignServersTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow(); // certificates live on the machine's clock
    private readonly TestCertificates _certificates = new(Now);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private X509Certificate2 Certificate => _certificates.For("127.0.0.1", Now.AddHours(-1), Now.AddHours(1));

    private SmtpRig Rig() => new(roots: _certificates.Roots);

    private static SendRequest.Email Send(ProviderAccount.Smtp account, EmailMessage mail) => SmtpRig.Mail(account) with { Message = mail };

    [Theory]
    [InlineData(SmtpSecurity.None, SmtpAuth.None), InlineData(SmtpSecurity.None, SmtpAuth.Login), InlineData(SmtpSecurity.Starttls, SmtpAuth.Plain), InlineData(SmtpSecurity.Starttls, SmtpAuth.Login)]
    [InlineData(SmtpSecurity.Tls, SmtpAuth.Plain), InlineData(SmtpSecurity.Tls, SmtpAuth.None)]
    internal async Task Npm_smtp_server_takes_a_mail_over_every_kind_of_connection(SmtpSecurity security, SmtpAuth auth)
    {
        var method = auth is SmtpAuth.None ? null : auth.ToString().ToUpperInvariant();
        await using var server = await NodeSmtpServer.StartAsync(security is SmtpSecurity.None ? null : Certificate, security is SmtpSecurity.Tls, method, "ann", "pässword \"1\"");
        using var rig = Rig();
        var account = SmtpRig.Account(server.Port, security, auth) with { Password = auth is SmtpAuth.None ? null : new Secret("pässword \"1\"") };
        foreach (var text in new[] { "first", "second" })
        {
            Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(SmtpRig.Mail(account, text, copies: 2), Ct));
            var arrived = await server.NextAsync(Ct);
            Assert.Equal(("relay@sender.example", "to@receiver.example copy1@receiver.example copy2@receiver.example", security is not SmtpSecurity.None, auth is SmtpAuth.None ? null : "ann"),
                (arrived.From, string.Join(' ', arrived.To), arrived.Secure, arrived.User));
            Assert.Contains(text, Encoding.UTF8.GetString(arrived.Bytes), StringComparison.Ordinal);
        }
        Assert.Equal((0, 1, 1), rig.Connections.Count);
        if (auth is SmtpAuth.None) return;
        Assert.Equal(Outcome.AuthFailed, (await rig.Sender.SendAsync(SmtpRig.Mail(account with { Password = new Secret("wrong") }), Ct)).Outcome);
        Assert.Equal(Outcome.AuthFailed, (await rig.Sender.SendAsync(SmtpRig.Mail(account with { Auth = auth is SmtpAuth.Plain ? SmtpAuth.Login : SmtpAuth.Plain }), Ct)).Outcome);
    }

    [Fact]
    public async Task Npm_smtp_server_gets_the_whole_corpus_as_it_was_written()
    {
        await using var server = await NodeSmtpServer.StartAsync();
        using var rig = Rig();
        var arrived = new List<byte[]>();
        foreach (var mail in MailCorpus.All)
        {
            Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(Send(SmtpRig.Account(server.Port), mail), Ct));
            var one = await server.NextAsync(Ct);
            Assert.Equal(await WrittenAsync(mail, rig), one.Bytes);
            Assert.Equal([mail.To.Email, .. mail.Cc.Concat(mail.Bcc).Select(box => box.Email)], one.To.Select(ToAscii).ToHashSet(StringComparer.OrdinalIgnoreCase));
            arrived.Add(one.Bytes);
        }
        await AssertSameAsync(MailCorpus.All, arrived);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Postfix_gets_the_whole_corpus_as_it_was_written(bool tls)
    {
        await using var server = await PostfixServer.StartAsync(tls ? Certificate : null);
        using var rig = Rig();
        var account = SmtpRig.Account(server.Port, tls ? SmtpSecurity.Starttls : SmtpSecurity.None);
        // It has mailboxes at one domain only; who else the corpus writes to stands in the headers.
        var mails = MailCorpus.All.Select(mail => mail with { To = mail.To with { Email = "to@receiver.example" }, Cc = [], Bcc = [] }).ToArray();
        foreach (var mail in mails) Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(Send(account, mail), Ct));

        var arrived = (await server.MailsAsync(mails.Length)).ToDictionary(MessageIdOf);
        // Each once, and none beside them: what it took is what was sent.
        Assert.Equal((mails.Length, mails.Length), (arrived.Count, server.Log.Split('\n').Count(line => line.Contains(": client=localhost", StringComparison.Ordinal))));
        Assert.Equal(1 + ((mails.Length + SmtpSession.MaxMails - 1) / SmtpSession.MaxMails), server.Log.Split('\n').Count(line => line.Contains(": connect from", StringComparison.Ordinal))); // the first is the kit's
        foreach (var mail in mails) Assert.Equal(await WrittenAsync(mail, rig), arrived[mail.MessageId]);
        await AssertSameAsync(mails, mails.Select(mail => arrived[mail.MessageId]));
    }

    /// <summary>What the MIME writer never writes: lines that are dots, lines as long as they may be, commands behind what looks like an end.</summary>
    private static readonly byte[] Dotted = Encoding.ASCII.GetBytes(string.Join("\r\n",
    [
        "Message-ID: <dots@relay.example>", "Date: Sun, 1 Mar 2026 12:00:00 +0000", "From: from@sender.example", "Subject: dots", "", ".", "..", ".hidden", ".", "MAIL FROM:<evil@sender.example>", "RCPT TO:<to@receiver.example>", "DATA", "Subject: smuggled", "", ".",
        new string('x', 998), "." + new string('y', 997), new string('.', 998), "QUIT", ".", "",
    ]));

    [Fact]
    public async Task A_line_that_is_a_dot_ends_no_mail_and_begins_no_other()
    {
        await using var postfix = await PostfixServer.StartAsync();
        await using var node = await NodeSmtpServer.StartAsync();
        using var rig = Rig();
        foreach (var port in new[] { postfix.Port, node.Port })
        {
            using var deadline = new SmtpDeadline(rig.Outbound.Relay, SmtpRig.Timeout, Ct);
            var opened = Assert.IsType<SmtpOpened.Open>(await new SmtpOpening(rig.Outbound.Dialer, new(), rig.Outbound.Relay).OpenAsync(SmtpRig.Account(port), OutboundAllow.None, deadline));
            using var session = opened.Session;
            for (var i = 0; i < 2; i++) // a second one, so that a mail left over between them would show
                Assert.IsType<SendOutcome.Accepted>((await session.SendAsync(new("from@sender.example", "to@receiver.example", []), new(Dotted.Length, (to, ct) => to.WriteAsync(Dotted, ct)), deadline)).Outcome);
        }
        for (var i = 0; i < 2; i++) Assert.Equal(Dotted, (await node.NextAsync(Ct)).Bytes);
        Assert.All(await postfix.MailsAsync(2), mail => Assert.Equal(Dotted, mail));
        Assert.Equal(2, postfix.Log.Split('\n').Count(line => line.Contains(": client=localhost", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_accounts_signature_holds_behind_Postfix_and_a_key_that_is_none_sends_nothing()
    {
        using var rsa = RSA.Create(2048);
        var records = new Dictionary<string, string> { ["relay._domainkey.sender.example"] = $"v=DKIM1; k=rsa; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}" };
        await using var server = await PostfixServer.StartAsync();
        using var rig = Rig();
        var account = SmtpRig.Account(server.Port) with { Dkim = new("sender.example", "relay", new Secret(rsa.ExportPkcs8PrivateKeyPem())) };
        Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(SmtpRig.Mail(account, "Grüße\n.\n"), Ct));
        var verdict = Assert.Single(await PythonPeer.AskAsync<JsonElement[]>("verify-dkim.py", new { records, mails = await server.MailsAsync(1) }, Ct));
        Assert.True(verdict.GetProperty("good").GetBoolean());

        var outcome = Assert.IsType<SendOutcome.TryLater>(await rig.Sender.SendAsync(SmtpRig.Mail(account with { Dkim = account.Dkim with { PrivateKey = new Secret("no key") } }), Ct));
        Assert.Equal((Outcome.AuthFailed, false), (outcome.Outcome, outcome.Detail!.Contains("no key", StringComparison.Ordinal)));
        Assert.Single(server.Log.Split('\n'), line => line.Contains(": client=localhost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Postfix_says_which_mailbox_it_does_not_know_and_where_it_does_not_relay()
    {
        await using var server = await PostfixServer.StartAsync();
        using var rig = Rig();
        var account = SmtpRig.Account(server.Port);
        EmailMessage To(string email, params Mailbox[] bcc) => SmtpRig.Mail(account).Message with { To = new(email), Bcc = bcc };

        var unknown = await rig.Sender.SendAsync(Send(account, To("nobody@receiver.example")), Ct);
        Assert.Equal((Outcome.InvalidRecipient, 550), (Assert.IsType<SendOutcome.Refused>(unknown).Outcome, unknown.Reply!.Status));
        var elsewhere = await rig.Sender.SendAsync(Send(account, To("ann@elsewhere.example")), Ct);
        Assert.Equal((Outcome.ProviderRejected, "RCPT TO was answered with 554 5.7.1."), (Assert.IsType<SendOutcome.Refused>(elsewhere).Outcome, elsewhere.Detail));

        // The session goes on after each refusal, and a hidden copy that is refused holds nothing up.
        var taken = Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(Send(account, To("to@receiver.example", new Mailbox("nobody@receiver.example"), new Mailbox("copy1@receiver.example"))), Ct));
        Assert.Matches("^[0-9A-Z]+$", taken.ProviderMessageId!);
        Assert.Equal("1 of the copies were refused (550 5.1.1).", taken.Detail);
        Assert.Equal(2, (await server.MailsAsync(2)).Count);
        Assert.Equal((0, 1, 1), rig.Connections.Count);
        Assert.Single(server.Log.Split('\n'), line => line.Contains("smtpd", StringComparison.Ordinal) && line.Contains(": NOQUEUE: reject: RCPT from", StringComparison.Ordinal) && line.Contains("<ann@elsewhere.example>", StringComparison.Ordinal));
    }

    private static async Task<byte[]> WrittenAsync(EmailMessage mail, SmtpRig rig)
    {
        var bytes = new MemoryStream();
        await MimeMessage.Of(mail, rig.Outbound.Relay.GetUtcNow()).WriteToAsync(bytes, Ct);
        return bytes.ToArray();
    }

    // The server shows international domains as people read them.
    private static string ToAscii(string email) => $"{email.Split('@')[0]}@{new IdnMapping().GetAscii(email.Split('@')[1])}";

    private static async Task AssertSameAsync(IReadOnlyList<EmailMessage> sent, IEnumerable<byte[]> arrived) =>
        Assert.Empty(sent.Zip(await ParsedMail.ReadAsync(arrived, Ct)).SelectMany(pair => MailDifferences.Of(pair.First, pair.Second)));

    private static string MessageIdOf(byte[] mail)
    {
        var text = Encoding.Latin1.GetString(mail);
        var start = text.IndexOf("Message-ID: <", StringComparison.OrdinalIgnoreCase) + 13;
        return text[start..text.IndexOf('>', start)];
    }

    public void Dispose() => _certificates.Dispose();
}
