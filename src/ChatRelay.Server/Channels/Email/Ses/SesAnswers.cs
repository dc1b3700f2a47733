using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Ses;

/// <summary>What SES's answers mean: the error's name in `x-amzn-ErrorType` (`MessageRejected:http://…`), its words in `{"message"}`.</summary>
internal static class SesAnswers
{
    public static SendOutcome OutcomeOf(OutboundReply reply, DateTimeOffset now) => ApiAnswer.OutcomeOf(reply, now, Own);

    private static SendOutcome? Own(OutboundReply reply)
    {
        var answer = ApiAnswer.Json(reply.Body);
        if (reply.Status < 300) return new SendOutcome.Accepted(ApiAnswer.Id(ApiAnswer.Text(answer, "MessageId")));

        var message = ApiAnswer.Text(answer, "message") ?? ApiAnswer.Text(answer, "Message") ?? "";
        bool Says(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
        return NameOf(ApiAnswer.Header(reply, "x-amzn-ErrorType") ?? ApiAnswer.Text(answer, "__type") ?? "") switch
        {
            "AccountSuspended" or "SendingPaused" => ApiAnswer.AccountFault(Outcome.AuthFailed, "AWS does not let this account send."),
            "MessageRejected" when Says("paused") => ApiAnswer.AccountFault(Outcome.AuthFailed, "AWS does not let this account send."),
            "MessageRejected" when Says("not verified") =>
                ApiAnswer.AccountFault(Outcome.ProviderRejected, "An address is not verified: the sender's, or the recipient's while the account is in the SES sandbox."),
            _ when Says("Recipient count exceeds") => ApiAnswer.RefusedHere(Outcome.ProviderRejected, "The mail has more recipients than SES takes."),
            "MailFromDomainNotVerified" => ApiAnswer.AccountFault(Outcome.ProviderRejected, "The account's MAIL FROM domain is not verified."),
            "NotFound" => ApiAnswer.AccountFault(Outcome.ProviderRejected, "SES does not know the configuration set, or the region is wrong."),
            "LimitExceeded" => ApiAnswer.AccountFault(Outcome.Quota, "A limit of the account is reached."),
            "TooManyRequests" or "Throttling" when Says("quota") => ApiAnswer.AccountFault(Outcome.Quota, "The account's daily quota is used up."),
            "TooManyRequests" or "Throttling" when reply.Status is not 429 => ApiAnswer.AccountFault(Outcome.RateLimited, "The account sends faster than SES lets it."),
            // The signature is good for some minutes around our own time: nothing is wrong with the key.
            _ when Says("Signature expired") || Says("Signature not yet current") => ApiAnswer.AccountFault(Outcome.ProtocolError, "The relay's clock and AWS's differ by minutes."),
            "UnrecognizedClient" or "InvalidClientTokenId" or "ExpiredToken" or "InvalidSignature" or "SignatureDoesNotMatch" or "IncompleteSignature" or "MissingAuthenticationToken" or "AccessDenied" or "OptInRequired" =>
                ApiAnswer.AccountFault(Outcome.AuthFailed, "AWS refuses the account's credentials."),
            _ => null,
        };
    }

    // "aws.protocols#TooManyRequestsException:http://…" has the name in the middle.
    private static string NameOf(string type)
    {
        var name = type[(type.IndexOf('#', StringComparison.Ordinal) + 1)..];
        if (name.IndexOf(':', StringComparison.Ordinal) is >= 0 and var end) name = name[..end];
        return name.EndsWith("Exception", StringComparison.Ordinal) ? name[..^"Exception".Length] : name;
    }
}
