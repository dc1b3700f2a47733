using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChatRelay.Channels.Email;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Providers;

namespace ChatRelay.Inbound;

/// <summary>SendGrid's signed event webhook: a list of events, ECDSA over the time and the body as they came.</summary>
internal static class SendGridEvents
{
    public const string SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature", TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

    public static Heard Hear(InboundPost post, ProviderAccount.SendGrid account)
    {
        string? signature = post.Headers[SignatureHeader], timestamp = post.Headers[TimestampHeader];
        if (account.VerificationKey is null || signature is null || timestamp is null || !IsSigned(account.VerificationKey, signature, timestamp, post.Body.Span)) return Heard.No;
        if (!long.TryParse(timestamp, out var seconds) || seconds is < 0 or > 100_000_000_000 || !post.IsFresh(DateTimeOffset.FromUnixTimeSeconds(seconds))) return Heard.No;
        var list = ApiAnswer.Json(post.Body);
        return list.ValueKind is JsonValueKind.Array ? new Heard.Events([.. list.EnumerateArray().Select(e => ReportOf(post, e)).OfType<MailReport>()]) : new Heard.Nonsense();
    }

    public static bool IsSigned(string key, string signature, string timestamp, ReadOnlySpan<byte> body)
    {
        using var verifier = P256Key.Read(key);
        var bytes = new byte[signature.Length];
        if (verifier is null || !Convert.TryFromBase64String(signature, bytes, out var length)) return false;
        return verifier.VerifyData([.. Encoding.UTF8.GetBytes(timestamp), .. body], bytes.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static MailReport? ReportOf(InboundPost post, JsonElement e)
    {
        var (kind, reason) = (InboundPost.Text(e, "event"), InboundPost.Text(e, "reason"));
        MailEvent? told = (kind, reason) switch
        {
            ("delivered", _) => MailEvent.Delivered,
            ("bounce", _) => MailEvent.Bounced,
            // Its own list kept the mail back: it was not sent and will not be.
            ("dropped", _) => MailEvent.Bounced,
            ("spamreport", _) => MailEvent.Complained,
            ("open", _) => MailEvent.Opened,
            ("click", _) => MailEvent.Clicked,
            ("unsubscribe" or "group_unsubscribe", _) => MailEvent.Unsubscribed,
            _ => null, // processed, deferred, group_resubscribe, and what is new
        };
        if (told is not { } known) return null;
        var id = InboundPost.Text(e, "sg_event_id") ?? e.GetRawText();
        var report = post.Report(known, id, InboundPost.Text(e, "email"), InboundPost.Seconds(InboundPost.Member(e, "timestamp")), InboundPost.Text(e, MailParts.DeliveryMark));
        return report is null ? null : report with
        {
            Hard = kind switch { "bounce" => IsHard(e), "dropped" => reason is "Bounced Address" or "Invalid", _ => false },
            Detail = reason ?? InboundPost.Text(e, "response"),
        };
    }

    // `blocked` and every classification but this one are about the mail or the sender, not about the mailbox.
    private static bool IsHard(JsonElement e) => InboundPost.Text(e, "type") is not "blocked" && InboundPost.Text(e, "bounce_classification") switch
    {
        "Invalid Address" => true,
        { Length: > 0 } => false,
        _ => InboundPost.Text(e, "status") is not { Length: > 0 } status || EnhancedStatus.At(status) is { Class: 5, SaysNoMailbox: true },
    };
}
