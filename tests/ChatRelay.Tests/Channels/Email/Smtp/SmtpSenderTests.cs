using System.Text;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email.Smtp;

public sealed class SmtpSenderTests : SenderConformance
{
    private protected override IChannelSender Sender(OutboundRig rig) => new SmtpRig(outbound: rig).Sender;

    private protected override FakeReceiver Taking() => new FakeSmtp().Start();

    private protected override FakeReceiver Silent() => new FakeSmtp { At = moment => moment.Step is "dot" ? FakeSmtp.Hangs() : null }.Start();

    private protected override SendRequest To(FakeReceiver receiver) => SmtpRig.Mail(SmtpRig.Account(receiver.Port));

    [Fact]
    public async Task A_mail_costs_two_writes_behind_the_opening_and_keeps_its_queue_id()
    {
        var smtp = new FakeSmtp();
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        var taken = Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct));
        Assert.Equal(("1-1", 250, "250 2.0.0 Ok: queued as 1-1\r\n"), (taken.ProviderMessageId, taken.Reply!.Status, Encoding.ASCII.GetString(taken.Reply.Body.Span)));
        var mail = Assert.Single(server.Requests);
        Assert.Equal([new("MAIL", "relay@sender.example"), new("RCPT", "to@receiver.example")], mail.Headers);
        Assert.Equal(["1 EHLO [127.0.0.1]", $"1 MAIL FROM:<relay@sender.example> SIZE={mail.Body.Length}", "1 RCPT TO:<to@receiver.example>", "1 DATA"], smtp.Heard);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task The_envelope_leaves_in_one_write_where_the_server_takes_groups(bool groups)
    {
        var behindMail = new TaskCompletionSource<bool>();
        var smtp = new FakeSmtp
        {
            Offers = groups ? FakeSmtp.Extensions : [],
            At = moment => moment.Step is not "MAIL" ? null : connection =>
            {
                behindMail.SetResult(connection.HasUnread);
                return FakeSmtp.Leaves()(connection);
            },
        };
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        await rig.SendAsync(server, Ct);
        Assert.Equal(groups, await behindMail.Task);
    }

    [Fact]
    public async Task Sessions_are_used_again_with_a_reset_between_mails()
    {
        var smtp = new FakeSmtp();
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        for (var i = 0; i < 3; i++) Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct));
        Assert.Equal((1, 3), (server.Connections, server.Requests.Count));
        Assert.Equal(["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA"], smtp.Heard.Select(line => line.Split(' ', ':')[1]));
    }

    [Fact]
    public async Task Dots_are_doubled_and_the_mail_comes_out_as_it_went_in()
    {
        var smtp = new FakeSmtp();
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        var content = Encoding.ASCII.GetBytes("Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nQUIT\r\n.");
        using var deadline = new SmtpDeadline(rig.Outbound.Relay, SmtpRig.Timeout, Ct);
        var opened = Assert.IsType<SmtpOpened.Open>(await new SmtpOpening(rig.Outbound.Dialer, new(), rig.Outbound.Relay).OpenAsync(SmtpRig.Account(server.Port), OutboundAllow.None, deadline));
        using (opened.Session)
        {
            var tried = await opened.Session.SendAsync(new("from@sender.example", "to@receiver.example", []), new(content.Length, (to, ct) => to.WriteAsync(content, ct)), deadline);
            Assert.IsType<SendOutcome.Accepted>(tried.Outcome);
        }
        Assert.Equal([.. content, .. "\r\n"u8], Assert.Single(server.Requests).Body);
    }

    [Fact]
    public async Task A_mail_that_is_larger_than_the_server_takes_is_not_begun()
    {
        var smtp = new FakeSmtp { Offers = ["SIZE 50"] };
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        var refused = Assert.IsType<SendOutcome.Refused>(await rig.SendAsync(server, Ct));
        Assert.Equal((Outcome.ProviderRejected, true, false), (refused.Outcome, refused.ThisAccountOnly, refused.MaybeSent));
        Assert.DoesNotContain(smtp.Heard, line => line.Contains("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_that_could_end_its_command_goes_nowhere()
    {
        await using var server = Taking();
        using var rig = new SmtpRig();
        foreach (var evil in new[] { "a@b.example>\r\nRCPT TO:<c@d.example", "a b@c.example", "<a@b.example>", "ä@b.example", "", new string('a', 255) })
        {
            var mail = SmtpRig.Mail(SmtpRig.Account(server.Port));
            foreach (var message in new[] { mail.Message with { To = new(evil) }, mail.Message with { From = new(evil) }, mail.Message with { Bcc = [new(evil)] } })
                Assert.IsType<SendOutcome.Refused>(await rig.Sender.SendAsync(mail with { Message = message }, Ct));
        }
        Assert.Equal(0, server.Connections);
    }
}
