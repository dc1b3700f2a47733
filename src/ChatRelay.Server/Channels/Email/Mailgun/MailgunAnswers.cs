using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Mailgun;

/// <summary>What Mailgun's answers mean: `{"id","message"}`. What it says of a domain counts more than the status, which is 400 in some cases and 403 in others.</summary>
internal static class MailgunAnswers
{
    public static SendOutcome OutcomeOf(OutboundReply reply, DateTimeOffset now) => ApiAnswer.OutcomeOf(reply, now, Own);

    private static SendOutcome? Own(OutboundReply reply)
    {
        var answer = ApiAnswer.Json(reply.Body);
        var message = ApiAnswer.Text(answer, "message") ?? "";
        bool Says(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);

        if (reply.Status < 300)
            return IsWelcomePage(reply)
                ? ApiAnswer.AccountFault(Outcome.HttpError, "This is not where Mailgun takes mail: the domain, the region or base_url is wrong.")
                : new SendOutcome.Accepted(ApiAnswer.Id(ApiAnswer.Text(answer, "id")?.Trim('<', '>')));
        if (Says("not allowed to send"))
            return Says("too fast") ? ApiAnswer.AccountFault(Outcome.RateLimited, "Mailgun slows the account down.")
                : Says("limit exceeded") ? ApiAnswer.AccountFault(Outcome.Quota, "The account's allowance is used up.")
                : Says("disabled") || Says("inactivity") ? ApiAnswer.AccountFault(Outcome.AuthFailed, "Mailgun has disabled the account.")
                : ApiAnswer.AccountFault(Outcome.ProviderRejected, "The domain may not send, or not to this recipient: see Mailgun's answer.");
        return reply.Status switch
        {
            400 when message.StartsWith("to parameter", StringComparison.OrdinalIgnoreCase) || message.StartsWith("'to' parameter", StringComparison.OrdinalIgnoreCase) =>
                ApiAnswer.Refused(Outcome.InvalidRecipient, "Mailgun refuses the recipient's address."),
            402 => ApiAnswer.AccountFault(Outcome.ProviderRejected, "Mailgun could not do it with this account."),
            _ => null,
        };
    }

    // What stands behind a wrong path answers 200 and takes nothing.
    private static bool IsWelcomePage(OutboundReply reply) => reply.Body.Span.IndexOf("Mailgun Magnificent API"u8) >= 0;
}
