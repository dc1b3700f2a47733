using System.Text.Json;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.SendGrid;

/// <summary>What SendGrid's answers mean: `{"errors":[{"message","field","help"}]}`, told apart by field and words since they have no codes.</summary>
internal static class SendGridAnswers
{
    public static SendOutcome OutcomeOf(OutboundReply reply, DateTimeOffset now) => ApiAnswer.OutcomeOf(reply, now, Own);

    private static SendOutcome? Own(OutboundReply reply)
    {
        if (reply.Status < 300) return new SendOutcome.Accepted(ApiAnswer.Id(ApiAnswer.Header(reply, "X-Message-Id")));
        var errors = ErrorsOf(reply).ToList();
        bool Says(string words) => errors.Exists(error => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase));
        return reply.Status switch
        {
            400 when errors.Exists(error => error.Field.StartsWith("personalizations.0.to", StringComparison.Ordinal)) =>
                ApiAnswer.Refused(Outcome.InvalidRecipient, "SendGrid refuses the recipient's address."),
            // Its own rules about files: an empty one is refused here, and taken elsewhere.
            400 when errors.Exists(error => error.Field.StartsWith("attachments", StringComparison.Ordinal)) =>
                ApiAnswer.RefusedHere(Outcome.ProviderRejected, "SendGrid does not take one of the files."),
            401 when Says("credits exceeded") => ApiAnswer.AccountFault(Outcome.Quota, "The account's credits are used up."),
            403 when Says("verified Sender Identity") => ApiAnswer.AccountFault(Outcome.ProviderRejected, "The account may not send from this address: it is no verified sender identity."),
            403 when Says("temporarily blocked") => ApiAnswer.AccountFault(Outcome.RateLimited, "SendGrid blocks the account for a while, after too many bad requests."),
            _ => null,
        };
    }

    private static IEnumerable<(string Field, string Message)> ErrorsOf(OutboundReply reply)
    {
        var answer = ApiAnswer.Json(reply.Body);
        if (answer.ValueKind is not JsonValueKind.Object || !answer.TryGetProperty("errors", out var errors) || errors.ValueKind is not JsonValueKind.Array) yield break;
        foreach (var error in errors.EnumerateArray())
            yield return (ApiAnswer.Text(error, "field") ?? "", ApiAnswer.Text(error, "message") ?? "");
    }
}
