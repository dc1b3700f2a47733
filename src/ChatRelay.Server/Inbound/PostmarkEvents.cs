using System.Text.Json;
using ChatRelay.Channels.Email;
using ChatRelay.Channels.Email.Rest;

namespace ChatRelay.Inbound;

/// <summary>Postmark's webhooks: one record a post. They carry no signature: the token in the path is what the provider knows.</summary>
internal static class PostmarkEvents
{
    public static Heard Hear(InboundPost post)
    {
        var record = ApiAnswer.Json(post.Body);
        if (record.ValueKind is not JsonValueKind.Object) return new Heard.Nonsense();
        return new Heard.Events(ReportOf(post, record) is { } report ? [report] : []);
    }

    private static MailReport? ReportOf(InboundPost post, JsonElement record)
    {
        var (kind, type) = (InboundPost.Text(record, "RecordType"), InboundPost.Text(record, "Type"));
        (MailEvent Event, bool Hard, string Time)? told = (kind, type) switch
        {
            ("Delivery", _) => (MailEvent.Delivered, false, "DeliveredAt"),
            ("Bounce", "HardBounce" or "BadEmailAddress") => (MailEvent.Bounced, true, "BouncedAt"),
            // Not taken, for reasons of the far end's: full, blocked, content, policy.
            ("Bounce", "SoftBounce" or "Blocked" or "SpamNotification" or "VirusNotification" or "DnsError" or "DMARCPolicy" or "Undeliverable" or "Unknown" or "Unconfirmed" or "SMTPApiError"
                or "InboundError" or "TemplateRenderingFailed" or "ManuallyDeactivated") => (MailEvent.Bounced, false, "BouncedAt"),
            ("Bounce", "SpamComplaint") or ("SpamComplaint", _) => (MailEvent.Complained, false, "BouncedAt"),
            ("Bounce", "Unsubscribe") => (MailEvent.Unsubscribed, false, "BouncedAt"),
            ("Open", _) => (MailEvent.Opened, false, "ReceivedAt"),
            ("Click", _) => (MailEvent.Clicked, false, "ReceivedAt"),
            ("SubscriptionChange", _) when InboundPost.Member(record, "SuppressSending").ValueKind is JsonValueKind.True
                && InboundPost.Text(record, "SuppressionReason") is "ManualSuppression" && InboundPost.Text(record, "Origin") is "Recipient" => (MailEvent.Unsubscribed, false, "ChangedAt"),
            _ => null, // delays, answering machines, changes of address, and what is new
        };
        if (told is not var (known, hard, time)) return null;
        var (recipient, at) = (InboundPost.Text(record, "Recipient") ?? InboundPost.Text(record, "Email"), InboundPost.Text(record, time));
        var id = $"{kind} {InboundPost.Text(record, "MessageID")} {InboundPost.Member(record, "ID")} {at}";
        return post.Report(known, id, recipient, InboundPost.Time(at), InboundPost.Text(InboundPost.Member(record, "Metadata"), MailParts.DeliveryMark)) is { } report
            ? report with { Hard = hard, Detail = InboundPost.Text(record, "Details") is { Length: > 0 } details ? details : InboundPost.Text(record, "Description") } : null;
    }
}
