using ChatRelay.Channels;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Channels.Email.Smtp;

public sealed class SmtpOutcomesTests
{
    private static SendOutcome Of(SmtpStep step, string answer) => SmtpOutcomes.Of(step, SmtpReply.Of(int.Parse(answer[..3]), answer + "\r\n"));

    [Theory]
    [InlineData("550 5.1.1 no such user"), InlineData("550 5.1.0 rejected"), InlineData("550 5.1.10 null MX"), InlineData("550 5.2.1 disabled"), InlineData("501 5.1.3 syntax"), InlineData("551 not here"), InlineData("553 no"), InlineData("554 5.1.2 no such domain")]
    public void An_unknown_mailbox_is_an_invalid_recipient(string answer) => Assert.Equal(Outcome.InvalidRecipient, Assert.IsType<SendOutcome.Refused>(Of(SmtpStep.To, answer)).Outcome);

    [Theory]
    [InlineData("550 5.7.1 policy"), InlineData("550 no"), InlineData("554 5.7.1 listed"), InlineData("550 5.1.7 bad sender"), InlineData("550 5.1.8 bad sender's domain"), InlineData("553 5.7.1 not your address"), InlineData("552 5.2.2 full"), InlineData("552 5.3.4 too large"), InlineData("550 5.4.1 no route")]
    public void Anything_else_that_is_final_is_the_providers_refusal(string answer) => Assert.Equal(Outcome.ProviderRejected, Assert.IsType<SendOutcome.Refused>(Of(SmtpStep.To, answer)).Outcome);

    [Theory]
    [InlineData("552 5.3.4 too large", true), InlineData("552 5.2.3 too large for this mailbox", true), InlineData("554 Transaction failed: Recipient count exceeds 50.", true)]
    [InlineData("552 5.2.2 full", false), InlineData("550 5.7.1 policy", false), InlineData("550 no", false), InlineData("550 5.1.1 no such user", false)]
    public void A_servers_own_limit_leaves_the_mail_to_another_account(string answer, bool limit)
    {
        foreach (var step in new[] { SmtpStep.Mail, SmtpStep.To, SmtpStep.Data, SmtpStep.Answer }) Assert.Equal(limit, Assert.IsType<SendOutcome.Refused>(Of(step, answer)).ThisAccountOnly);
    }

    [Theory]
    [InlineData("MAIL", "550 5.1.1 no"), InlineData("Data", "554 no valid recipients"), InlineData("Answer", "550 5.1.1 no")]
    public void Only_the_answer_to_the_recipient_says_that_the_mailbox_is_unknown(string step, string answer) =>
        Assert.Equal(Outcome.ProviderRejected, Assert.IsType<SendOutcome.Refused>(Of(Enum.Parse<SmtpStep>(step, ignoreCase: true), answer)).Outcome);

    [Theory]
    [InlineData("450 4.2.1 busy", Outcome.ProviderRejected), InlineData("452 4.2.2 full", Outcome.ProviderRejected), InlineData("452 4.5.3 too many", Outcome.ProviderRejected), InlineData("452 4.3.1 disk", Outcome.ProviderRejected), InlineData("421 4.7.0 bye", Outcome.ProviderRejected)]
    [InlineData("452 out of storage", Outcome.Quota), InlineData("552 out of storage", Outcome.Quota), InlineData("550 5.4.5 daily limit", Outcome.Quota)]
    [InlineData("530 5.7.0 log in first", Outcome.AuthFailed), InlineData("535 no", Outcome.AuthFailed), InlineData("534 no", Outcome.AuthFailed), InlineData("538 no", Outcome.AuthFailed)]
    [InlineData("500 what", Outcome.ProtocolError), InlineData("502 what", Outcome.ProtocolError), InlineData("503 what", Outcome.ProtocolError), InlineData("504 what", Outcome.ProtocolError), InlineData("299 hm", Outcome.ProtocolError)]
    public void What_another_try_or_provider_may_mend_is_tried_later(string answer, Outcome expected)
    {
        foreach (var step in new[] { SmtpStep.Mail, SmtpStep.To, SmtpStep.Answer })
            if (step is not SmtpStep.Answer || answer[0] != '2') Assert.Equal(expected, Assert.IsType<SendOutcome.TryLater>(Of(step, answer)).Outcome);
    }

    [Fact]
    public void Before_any_mail_a_refusal_is_about_the_provider() =>
        Assert.All([SmtpStep.Greeting, SmtpStep.Ehlo, SmtpStep.Auth, SmtpStep.StartTls], step => Assert.IsType<SendOutcome.TryLater>(Of(step, "554 5.7.1 no")));

    [Fact]
    public void Behind_the_dot_only_a_plain_no_means_that_it_was_not_taken()
    {
        foreach (var step in Enum.GetValues<SmtpStep>())
        {
            Assert.False(Of(step, "451 later").MaybeSent);
            Assert.False(Of(step, "554 no").MaybeSent);
            Assert.Equal(step is SmtpStep.Answer, Of(step, "354 go").MaybeSent);
            foreach (var why in new[] { Outcome.Timeout, Outcome.ConnectionError, Outcome.ProtocolError })
                Assert.Equal((step is SmtpStep.Answer, why, "said"), SmtpOutcomes.Of(step, SmtpReply.Failed(new(why, false, "said"))) is var o ? (o.MaybeSent, o.Outcome, o.Detail) : default);
        }
    }

    [Fact]
    public void The_detail_has_digits_and_the_reply_the_words()
    {
        var outcome = Of(SmtpStep.To, "550 5.1.1 ann@example.com is unknown");
        Assert.Equal(("RCPT TO was answered with 550 5.1.1.", 550), (outcome.Detail, outcome.Reply!.Status));
        Assert.Equal("550 5.1.1 ann@example.com is unknown\r\n"u8, outcome.Reply.Body.Span);
    }

    [Theory]
    [InlineData("250 2.0.0 Ok: queued as 4ZxYk93Kt1", "4ZxYk93Kt1"), InlineData("250 OK id=1tFabc-0000aB-2d", "1tFabc-0000aB-2d"), InlineData("250 Message queued as <a@b>", "a@b"), InlineData("250 Ok", null), InlineData("250 invalid=x", null)]
    public void A_taken_mail_has_the_servers_id_where_it_says_one(string answer, string? id) =>
        Assert.Equal(id, Assert.IsType<SendOutcome.Accepted>(SmtpOutcomes.Taken(SmtpReply.Of(250, answer + "\r\n"))).ProviderMessageId);

    [Theory]
    [InlineData("relay.example", true), InlineData("[127.0.0.1]", true), InlineData("[IPv6:2001:db8::1]", true), InlineData("127.0.0.1", false), InlineData("[x]", false), InlineData("[]", false), InlineData("a b", false), InlineData("relay.example\r\nMAIL", false), InlineData("", false), InlineData("[127.0.0.1\r\n]", false)]
    public void The_relays_name_is_a_host_or_an_address_in_brackets(string text, bool good) => Assert.Equal(good, HeloName.TryParse(text, null, out _));
}
