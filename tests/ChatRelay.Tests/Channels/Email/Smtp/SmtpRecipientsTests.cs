using System.Text;
using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>A mail is about its `to`; copies go with it or are told of.</summary>
public sealed class SmtpRecipientsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static FakeSmtp Refusing(string to, string answer, bool groups, bool wantsItAnyway = false)
    {
        var refusing = true;
        return new()
        {
            Offers = groups ? FakeSmtp.Extensions : [],
            At = moment =>
            {
                if (refusing && moment.Line == $"RCPT TO:<{to}@receiver.example>") return FakeSmtp.Says(answer);
                if (!refusing || moment.Step is not "DATA") return null;
                refusing = false;
                return wantsItAnyway ? FakeSmtp.Says("354 Go on\r\n") : null;
            },
        };
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Copies_that_are_refused_hold_nothing_up_and_are_told(bool groups)
    {
        var smtp = Refusing("copy2", "550-5.1.1 no copy2@receiver.example\r\n550 5.1.1 here\r\n", groups);
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        var taken = Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct, copies: 3));
        Assert.Equal(["to", "copy1", "copy3"], Assert.Single(server.Requests).Headers.Where(pair => pair.Key == "RCPT").Select(pair => pair.Value.Split('@')[0]));
        // The detail outlives an erasure, so it names nobody; the reply says who.
        Assert.Equal("1 of the copies were refused (550 5.1.1).", taken.Detail);
        Assert.Equal((250, "RCPT TO:<copy2@receiver.example>\r\n550-5.1.1 no copy2@receiver.example\r\n550 5.1.1 here\r\n250 2.0.0 Ok: queued as 1-1\r\n"),
            (taken.Reply!.Status, Encoding.ASCII.GetString(taken.Reply.Body.Span)));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Without_its_to_a_mail_does_not_go_to_the_copies_and_the_session_is_reset(bool groups)
    {
        var smtp = Refusing("to", "550 5.1.1 no\r\n", groups);
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        var outcome = await rig.SendAsync(server, Ct, copies: 2);
        Assert.Equal((Outcome.InvalidRecipient, 550), (Assert.IsType<SendOutcome.Refused>(outcome).Outcome, outcome.Reply!.Status));
        Assert.Equal("RCPT TO was answered with 550 5.1.1.", outcome.Detail);
        Assert.DoesNotContain("1 DATA", smtp.Heard);

        await rig.Sender.SendAsync(SmtpRig.Mail(SmtpRig.Account(server.Port)) with { Message = SmtpRig.Mail(SmtpRig.Account(server.Port)).Message with { To = new("other@receiver.example") } }, Ct);
        Assert.Equal((1, "1 RSET"), (server.Connections, smtp.Heard.Single(line => line.Contains("RSET", StringComparison.Ordinal))));
        Assert.Equal(["other@receiver.example"], Assert.Single(server.Requests).Headers.Where(pair => pair.Key == "RCPT").Select(pair => pair.Value));
    }

    [Fact]
    public async Task A_server_that_wants_a_mail_whose_only_recipient_it_refused_gets_neither_mail_nor_dot()
    {
        var smtp = Refusing("to", "550 5.1.1 no\r\n", groups: true, wantsItAnyway: true);
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        Assert.Equal(Outcome.InvalidRecipient, Assert.IsType<SendOutcome.Refused>(await rig.SendAsync(server, Ct)).Outcome);
        Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct));
        Assert.Equal((2, 1), (server.Connections, server.Requests.Count));
        Assert.DoesNotContain(smtp.Heard, line => line is "1 " or "1 .");
    }

    [Theory]
    [InlineData("450 4.2.1 busy", Outcome.ProviderRejected), InlineData("452 4.2.2 full", Outcome.ProviderRejected), InlineData("451 greylisted", Outcome.ProviderRejected)]
    public async Task A_to_that_is_put_off_is_tried_later_and_nothing_is_sent(string answer, Outcome expected)
    {
        await using var server = Refusing("to", answer + "\r\n", groups: true).Start();
        using var rig = new SmtpRig();
        var outcome = Assert.IsType<SendOutcome.TryLater>(await rig.SendAsync(server, Ct, copies: 1));
        Assert.Equal((expected, false, 0), (outcome.Outcome, outcome.MaybeSent, server.Requests.Count));
    }

    [Fact]
    public async Task One_mailbox_gets_one_copy()
    {
        await using var server = new FakeSmtp().Start();
        using var rig = new SmtpRig();
        var mail = SmtpRig.Mail(SmtpRig.Account(server.Port));
        await rig.Sender.SendAsync(mail with { Message = mail.Message with { Cc = [new("b@receiver.example"), new("TO@receiver.example")], Bcc = [new("B@Receiver.example"), new("c@receiver.example")] } }, Ct);
        Assert.Equal(["to@receiver.example", "b@receiver.example", "c@receiver.example"], Assert.Single(server.Requests).Headers.Where(pair => pair.Key == "RCPT").Select(pair => pair.Value));
    }
}
