using System.Text.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Rest;

/// <summary>What the answers of all four APIs have in common. A provider's own rules are asked first; what they leave open is judged here by its status.</summary>
internal static class ApiAnswer
{
    /// <param name="own">the provider's own meaning of an answer; null for the usual one</param>
    public static SendOutcome OutcomeOf(OutboundReply reply, DateTimeOffset now, Func<OutboundReply, SendOutcome?> own)
    {
        // A status is an answer, even if what followed it was cut off.
        if (reply.Status >= 200) return (own(reply) ?? Usual(reply, now)) with { Reply = reply };
        var failure = reply.Failure!;
        return new SendOutcome.TryLater(failure.Outcome) { MaybeSent = failure.BytesLeft, Detail = failure.Detail, Reply = reply };
    }

    private static SendOutcome Usual(OutboundReply reply, DateTimeOffset now) => reply.Status switch
    {
        < 300 => new SendOutcome.Accepted(), // taken, under a name that could not be read
        413 => RefusedHere(Outcome.ProviderRejected, "The mail is larger than this provider takes."),
        400 or 422 => Refused(Outcome.ProviderRejected, "The provider refuses the mail."),
        401 or 403 => AccountFault(Outcome.AuthFailed, "The provider refuses the account's credentials."),
        402 => AccountFault(Outcome.Quota, "The provider wants to be paid first."),
        429 => new SendOutcome.TryLater(Outcome.RateLimited, ApiRateLimit.WaitOf(reply, now)) { Detail = "The provider takes no more just now." },
        // A gateway gave up waiting for a server that had the mail: nobody knows what that one did.
        504 => new SendOutcome.TryLater(Outcome.HttpError, RetryAfter.Of(reply, now)) { MaybeSent = true, Detail = "The provider's gateway had no answer in time." },
        _ => new SendOutcome.TryLater(Outcome.HttpError, RetryAfter.Of(reply, now)),
    };

    /// <summary>Any account would get this answer for this mail.</summary>
    public static SendOutcome Refused(Outcome why, string detail) => new SendOutcome.Refused(why) { Detail = detail };

    /// <summary>A limit of this provider's that the mail will always exceed: another one may take it.</summary>
    public static SendOutcome RefusedHere(Outcome why, string detail) => new SendOutcome.Refused(why) { Detail = detail, ThisAccountOnly = true };

    /// <summary>Another account may do better, and this one another time.</summary>
    public static SendOutcome AccountFault(Outcome why, string detail) => new SendOutcome.TryLater(why) { Detail = detail };

    /// <summary>The answer as JSON; nonsense, half an answer and other types have no members.</summary>
    public static JsonElement Json(ReadOnlyMemory<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    public static string? Text(JsonElement answer, string member)
    {
        if (answer.ValueKind is not JsonValueKind.Object || !answer.TryGetProperty(member, out var value) || value.ValueKind is not JsonValueKind.String) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException) // bytes or escapes that are no text
        {
            return null;
        }
    }

    /// <summary>A message id as it may be kept: short and visible, whoever sent it.</summary>
    public static string? Id(string? text) =>
        text is { Length: > 0 and <= 255 } && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? text : null;

    public static string? Header(OutboundReply reply, string name)
    {
        foreach (var (key, value) in reply.Headers)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase)) return value;
        return null;
    }
}
