using System.Text.Json;
using ChatRelay.Channels.Email;
using ChatRelay.Channels.Email.Rest;

namespace ChatRelay.Inbound;

/// <summary>What SES publishes: one event about one or several recipients, as text inside a message of SNS.</summary>
internal static class SesEvents
{
    /// <param name="message">SNS's id of the message</param>
    public static IReadOnlyList<MailReport> ReportsOf(InboundPost post, string message, JsonElement told)
    {
        var mail = InboundPost.Member(told, "mail");
        var (kind, recipients, detail) = (InboundPost.Text(told, "eventType") ?? InboundPost.Text(told, "notificationType")) switch
        {
            "Delivery" => ("delivery", (Func<JsonElement, IEnumerable<(string?, string?)>>)(d => Addresses(InboundPost.Member(d, "recipients"))), MailEvent.Delivered),
            "Bounce" => ("bounce", b => Objects(InboundPost.Member(b, "bouncedRecipients"), "diagnosticCode"), MailEvent.Bounced),
            "Complaint" => ("complaint", c => Objects(InboundPost.Member(c, "complainedRecipients"), null), MailEvent.Complained),
            "Reject" => ("reject", _ => Addresses(InboundPost.Member(mail, "destination")), MailEvent.Bounced),
            "Open" => ("open", _ => Only(mail), MailEvent.Opened),
            "Click" => ("click", _ => Only(mail), MailEvent.Clicked),
            "Subscription" => ("subscription", _ => Only(mail), MailEvent.Unsubscribed),
            _ => ("", _ => [], default), // sent, delays, templates, and what is new
        };
        var part = InboundPost.Member(told, kind);
        if (kind == "subscription" && !HasLeft(part)) return [];
        var at = InboundPost.Time(InboundPost.Text(part, "timestamp"));
        return [.. recipients(part).Select(r => ReportOf(post, message, detail, mail, part, r.Item1, at) is { } report ? report with { Detail = r.Item2 ?? InboundPost.Text(part, "reason") } : null).OfType<MailReport>()];
    }

    private static MailReport? ReportOf(InboundPost post, string message, MailEvent told, JsonElement mail, JsonElement part, string? recipient, DateTimeOffset? at)
    {
        var tag = InboundPost.Member(InboundPost.Member(mail, "tags"), MailParts.DeliveryMark);
        var mark = tag.ValueKind is JsonValueKind.Array && tag.GetArrayLength() > 0 && tag[0].ValueKind is JsonValueKind.String ? tag[0].GetString() : null;
        var report = post.Report(told, message, recipient, at, mark, InboundPost.Text(InboundPost.Member(mail, "commonHeaders"), "messageId"));
        return report is null ? null : report with { Hard = told is MailEvent.Bounced && IsHard(part) };
    }

    // The other subtypes are lists of the account's own, or about the mail.
    private static bool IsHard(JsonElement bounce) =>
        InboundPost.Text(bounce, "bounceType") is "Permanent" && InboundPost.Text(bounce, "bounceSubType") is "General" or "NoEmail" or "Suppressed";

    private static bool HasLeft(JsonElement subscription)
    {
        var now = InboundPost.Member(subscription, "newTopicPreferences");
        return InboundPost.Member(now, "unsubscribeAll").ValueKind is JsonValueKind.True
            || (InboundPost.Member(now, "topicSubscriptionStatus") is { ValueKind: JsonValueKind.Array } topics
                && topics.EnumerateArray().Any(t => InboundPost.Text(t, "subscriptionStatus") is "OptOut"));
    }

    /// <summary>Who opened it is not said: to the one recipient, if there is one.</summary>
    private static IEnumerable<(string?, string?)> Only(JsonElement mail) => Addresses(InboundPost.Member(mail, "destination")).Take(2).ToList() is [var one] ? [one] : [(null, null)];

    private static IEnumerable<(string?, string?)> Addresses(JsonElement list) => list.ValueKind is JsonValueKind.Array
        ? list.EnumerateArray().Where(a => a.ValueKind is JsonValueKind.String).Select(a => (a.GetString(), (string?)null)) : [];

    private static IEnumerable<(string?, string?)> Objects(JsonElement list, string? detail) => list.ValueKind is JsonValueKind.Array
        ? list.EnumerateArray().Select(o => (InboundPost.Text(o, "emailAddress"), detail is null ? null : InboundPost.Text(o, detail))).Where(o => o.Item1 is not null) : [];
}
