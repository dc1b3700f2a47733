using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatRelay.Channels.Email;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Providers;

namespace ChatRelay.Inbound;

/// <summary>Mailgun's webhooks: one event a post. The signature covers a time and a token and nothing of the event, so a token is good for one event.</summary>
internal static partial class MailgunEvents
{
    public static Heard Hear(InboundPost post, ProviderAccount.Mailgun account)
    {
        var body = ApiAnswer.Json(post.Body);
        var signature = InboundPost.Member(body, "signature");
        var (timestamp, token) = (InboundPost.Text(signature, "timestamp"), InboundPost.Text(signature, "token"));
        if (account.WebhookSigningKey is not { } key || timestamp is null || token is null || InboundPost.Text(signature, "signature") is not { } given) return Heard.No;
        if (!IsSigned(key.Reveal(), timestamp, token, given) || !long.TryParse(timestamp, out var seconds) || seconds is < 0 or > 100_000_000_000
            || !post.IsFresh(DateTimeOffset.FromUnixTimeSeconds(seconds))) return Heard.No;
        var told = InboundPost.Member(body, "event-data");
        if (told.ValueKind is not JsonValueKind.Object) return new Heard.Nonsense();
        return new Heard.Events(ReportOf(post, told) is { } report ? [report with { Token = MailReport.IdOf($"{post.Account}", "token", token) }] : []);
    }

    public static bool IsSigned(string key, string timestamp, string token, string signature) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(timestamp + token)))), Encoding.UTF8.GetBytes(signature));

    private static MailReport? ReportOf(InboundPost post, JsonElement e)
    {
        MailEvent? told = (InboundPost.Text(e, "event"), InboundPost.Text(e, "severity")) switch
        {
            ("delivered", _) => MailEvent.Delivered,
            ("failed", "permanent") => MailEvent.Bounced,
            ("complained", _) => MailEvent.Complained,
            ("opened", _) => MailEvent.Opened,
            ("clicked", _) => MailEvent.Clicked,
            ("unsubscribed", _) => MailEvent.Unsubscribed,
            _ => null, // accepted, stored, a failure that Mailgun itself tries again, and what is new
        };
        if (told is not { } known) return null;
        var (status, at) = (InboundPost.Member(e, "delivery-status"), InboundPost.Seconds(InboundPost.Member(e, "timestamp")));
        var said = InboundPost.Text(status, "message") is { Length: > 0 } message ? message : InboundPost.Text(status, "description");
        var headers = InboundPost.Member(InboundPost.Member(e, "message"), "headers");
        // Its ids are unique within a day.
        return post.Report(known, $"{InboundPost.Text(e, "id")} {at?.UtcDateTime:yyyy-MM-dd}", InboundPost.Text(e, "recipient"), at,
            InboundPost.Text(InboundPost.Member(e, "user-variables"), MailParts.DeliveryMark), InboundPost.Text(headers, "message-id")) is { } report
            ? report with { Hard = known is MailEvent.Bounced && IsHard(e, status, said), Detail = said is { Length: > 0 } ? said : InboundPost.Text(e, "reason") } : null;
    }

    /// <summary>Kept back because the address bounced before, or refused in words that say that there is no such mailbox or domain.</summary>
    private static bool IsHard(JsonElement e, JsonElement status, string? said)
    {
        if (InboundPost.Text(e, "reason") is "suppress-bounce") return true;
        if (InboundPost.Text(status, "enhanced-code") is { Length: > 0 } code) return EnhancedStatus.At(code) is { Class: 5, SaysNoMailbox: true };
        return EnhancedCode().Match(said ?? "") is { Success: true } found && EnhancedStatus.At(found.Value) is { Class: 5, SaysNoMailbox: true };
    }

    [GeneratedRegex(@"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])")]
    private static partial Regex EnhancedCode();
}
