using System.Text.Json;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Postmark;

/// <summary>What Postmark's answers mean: `{"ErrorCode","Message","MessageID"}`. A result of a batch has the same form as an answer of its own.</summary>
internal static class PostmarkAnswers
{
    public static SendOutcome OutcomeOf(OutboundReply reply, string to, DateTimeOffset now) => ApiAnswer.OutcomeOf(reply, now, answer => Own(answer, to));

    private static SendOutcome? Own(OutboundReply reply, string to)
    {
        var answer = ApiAnswer.Json(reply.Body);
        var message = ApiAnswer.Text(answer, "Message") ?? "";
        return CodeOf(answer) switch
        {
            0 or null when reply.Status < 300 => Taken(answer, message, to),
            10 or 422 or 1480 => ApiAnswer.AccountFault(Outcome.AuthFailed, "Postmark does not let this account send."),
            413 when reply.Status is not 413 => ApiAnswer.AccountFault(Outcome.AuthFailed, "Postmark has not approved this account."),
            100 => ApiAnswer.AccountFault(Outcome.HttpError, "Postmark is being maintained."),
            300 when IsAbout("'To'", message) => ApiAnswer.Refused(Outcome.InvalidRecipient, "Postmark refuses the recipient's address."),
            406 when InactiveIn(message) is { Length: > 0 } inactive && !Has(inactive, to) =>
                new SendOutcome.Refused(Outcome.ProviderRejected) { MaybeSent = true, Detail = "A copy's address is inactive at Postmark; whether the others get the mail is not said." },
            406 => ApiAnswer.Refused(Outcome.InvalidRecipient, "The recipient is inactive at Postmark: it bounced, complained or was suppressed there."),
            405 => ApiAnswer.AccountFault(Outcome.Quota, "The account's credits are used up."),
            400 or 401 => ApiAnswer.AccountFault(Outcome.ProviderRejected, "The account may not send from this address: it is no confirmed sender signature."),
            412 => ApiAnswer.AccountFault(Outcome.ProviderRejected, "The account waits for approval and reaches its own domain only."),
            1235 or 1236 => ApiAnswer.AccountFault(Outcome.ProviderRejected, "The message stream does not exist, or does not send."),
            429 when reply.Status < 300 => ApiAnswer.AccountFault(Outcome.RateLimited, "The provider takes no more just now."),
            300 when message.Contains("recipients allowed", StringComparison.OrdinalIgnoreCase) => ApiAnswer.RefusedHere(Outcome.ProviderRejected, "The mail has more recipients than the 50 that Postmark takes."),
            411 => ApiAnswer.RefusedHere(Outcome.ProviderRejected, "Postmark does not take files of this type."),
            300 or 402 or 403 => ApiAnswer.Refused(Outcome.ProviderRejected, "The provider refuses the mail."),
            { } code when reply.Status < 300 => ApiAnswer.AccountFault(Outcome.HttpError, $"Postmark answers with its error {code}."),
            _ => null,
        };
    }

    // Some of the recipients may be inactive; the others get the mail, and the answer is a good one.
    private static SendOutcome Taken(JsonElement answer, string message, string to)
    {
        var id = ApiAnswer.Id(ApiAnswer.Text(answer, "MessageID"));
        var left = InactiveIn(message);
        if (left.Length == 0) return new SendOutcome.Accepted(id);
        return Has(left, to)
            ? new SendOutcome.Refused(Outcome.InvalidRecipient) { MaybeSent = true, Detail = "The recipient is inactive at Postmark; only the copies go out." }
            : new SendOutcome.Accepted(id) { Detail = "Some of the copies do not go out: their addresses are inactive at Postmark." };
    }

    private static bool Has(string[] addresses, string to) => addresses.Contains(to, StringComparer.OrdinalIgnoreCase);

    private static string[] InactiveIn(string message)
    {
        const string Marker = "inactive addresses:";
        var at = message.IndexOf(Marker, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return [];
        var list = message[(at + Marker.Length)..];
        var end = list.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? list.TrimEnd('.') : list[..end]).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    // "Invalid 'To' address: …", "Error parsing 'To': Illegal email domain …"
    private static bool IsAbout(string field, string message) =>
        message.StartsWith($"Invalid {field}", StringComparison.OrdinalIgnoreCase) || message.StartsWith($"Error parsing {field}", StringComparison.OrdinalIgnoreCase);

    private static int? CodeOf(JsonElement answer) =>
        answer.ValueKind is JsonValueKind.Object && answer.TryGetProperty("ErrorCode", out var code) && code.ValueKind is JsonValueKind.Number && code.TryGetInt32(out var number) ? number : null;
}
