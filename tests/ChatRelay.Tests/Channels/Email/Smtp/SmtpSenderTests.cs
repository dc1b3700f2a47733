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

    [Fact]
    public async Task The_envelope_leaves_in_one_write_where_the_server_takes_groups_and_command_by_command_where_it_does_not()
    {
        foreach (var grouped in new[] { true, false })
        {
            var smtp = new FakeSmtp { Offers = grouped ? FakeSmtp.Extensions : [], At = moment => moment.Step is "MAIL" ? FakeSmtp.Hangs() : null };
            await using var server = smtp.Start();
            using var rig = new SmtpRig();
            var pending = new TaskCompletionSource<bool>();
            var peek = new FakeSmtp
            {
                Offers = smtp.Offers,
                At = moment => moment.Step is not "MAIL" ? null : async connection =>
                {
                    pending.SetResult(connection.HasUnread);
                    await connection.SendAsync("250 Ok\r\n");
                    return false;
                },
            };
            await using var peeked = peek.Start();
            await rig.SendAsync(peeked, Ct);
            Assert.Equal(grouped, await pending.Task);
        }
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
}
