using System.Text.Json.Nodes;
using ChatRelay.Channels.Email;
using ChatRelay.Inbound;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using Microsoft.AspNetCore.Http;

namespace ChatRelay.Tests.Inbound;

/// <summary>Which bounces say that there is no such mailbox, and which are refusals of a mail: by each provider's documented codes.</summary>
public sealed class BounceCodesTests
{
    private const string Delivery = "dlv_01jd3m7q8x6zv9k2b4n5c8d1fg";

    // https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event#bounce-classifications
    [Theory]
    [InlineData("bounce", "bounce", "Invalid Address", "5.1.1", null, true)]
    [InlineData("bounce", "bounce", "Invalid Address", null, null, true)]
    [InlineData("bounce", "bounce", "Technical", "5.4.4", null, false)]
    [InlineData("bounce", "bounce", "Content", "5.7.1", null, false)]
    [InlineData("bounce", "bounce", "Reputation", "5.7.1", null, false)]
    [InlineData("bounce", "bounce", "Frequency or Volume Too High", "4.7.0", null, false)]
    [InlineData("bounce", "bounce", "Mailbox Unavailable", "5.2.2", null, false)]
    [InlineData("bounce", "bounce", "Unclassified", "5.0.0", null, false)]
    [InlineData("bounce", "bounce", null, "5.1.1", null, true)]
    [InlineData("bounce", "bounce", null, "5.7.1", null, false)]
    [InlineData("bounce", "bounce", null, null, null, true)]
    [InlineData("bounce", "blocked", null, "5.1.1", null, false)]
    [InlineData("dropped", null, null, null, "Bounced Address", true)]
    [InlineData("dropped", null, null, null, "Invalid", true)]
    [InlineData("dropped", null, null, null, "Unsubscribed Address", false)]
    [InlineData("dropped", null, null, null, "Spam Reporting Address", false)]
    [InlineData("dropped", null, null, null, "Spam Content (if spam checker app enabled)", false)]
    public void SendGrid(string kind, string? type, string? classification, string? status, string? reason, bool hard)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var told = new JsonObject { ["event"] = kind, ["type"] = type, ["bounce_classification"] = classification, ["status"] = status, ["reason"] = reason, ["chatrelay_delivery"] = Delivery, ["email"] = "a@example.com" };
        var (body, time) = (new JsonArray(told).ToJsonString(), $"{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}");
        var signature = key.SignData(System.Text.Encoding.UTF8.GetBytes(time + body), System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.DSASignatureFormat.Rfc3279DerSequence);
        var headers = new HeaderDictionary { [SendGridEvents.SignatureHeader] = Convert.ToBase64String(signature), [SendGridEvents.TimestampHeader] = time };
        var account = new ProviderAccount.SendGrid(new("k"), false) { Id = default, VerificationKey = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()) };
        Assert.Equal((MailEvent.Bounced, hard), Only(SendGridEvents.Hear(PostOf(body, headers), account)));
    }

    // https://postmarkapp.com/developer/api/bounce-api#bounce-types
    [Theory]
    [InlineData("HardBounce", MailEvent.Bounced, true)]
    [InlineData("BadEmailAddress", MailEvent.Bounced, true)]
    [InlineData("SoftBounce", MailEvent.Bounced, false)]
    [InlineData("Blocked", MailEvent.Bounced, false)]
    [InlineData("SpamNotification", MailEvent.Bounced, false)]
    [InlineData("DnsError", MailEvent.Bounced, false)]
    [InlineData("DMARCPolicy", MailEvent.Bounced, false)]
    [InlineData("ManuallyDeactivated", MailEvent.Bounced, false)]
    [InlineData("SpamComplaint", MailEvent.Complained, false)]
    [InlineData("Unsubscribe", MailEvent.Unsubscribed, false)]
    [InlineData("Transient", null, false)]
    [InlineData("AutoResponder", null, false)]
    [InlineData("AddressChange", null, false)]
    [InlineData("Subscribe", null, false)]
    [InlineData("ChallengeVerification", null, false)]
    [InlineData("OfTomorrow", null, false)]
    internal void Postmark(string type, MailEvent? told, bool hard)
    {
        var body = new JsonObject { ["RecordType"] = "Bounce", ["Type"] = type, ["Email"] = "a@example.com", ["Metadata"] = new JsonObject { ["chatrelay_delivery"] = Delivery } };
        Assert.Equal(told is { } known ? (known, hard) : null, Only(PostmarkEvents.Hear(PostOf(body.ToJsonString()))));
    }

    // https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure; the messages are those of the servers behind it.
    [Theory]
    [InlineData("permanent", "bounce", "5.1.1", "no such user", MailEvent.Bounced, true)]
    [InlineData("permanent", "bounce", null, "5.1.1 The email account that you tried to reach does not exist.", MailEvent.Bounced, true)]
    [InlineData("permanent", "bounce", null, "550 5.2.1 The mailbox is inactive", MailEvent.Bounced, true)]
    [InlineData("permanent", "bounce", null, "550 5.7.1 Service unavailable, client host 192.5.1.1 blocked", MailEvent.Bounced, false)]
    [InlineData("permanent", "bounce", "5.7.1", "5.1.1 they say, but the code counts", MailEvent.Bounced, false)]
    [InlineData("permanent", "bounce", null, "550 no", MailEvent.Bounced, false)]
    [InlineData("permanent", "suppress-bounce", null, "Not delivering to previously bounced address", MailEvent.Bounced, true)]
    [InlineData("permanent", "suppress-complaint", null, "Not delivering to a user who marked your messages as spam", MailEvent.Bounced, false)]
    [InlineData("permanent", "suppress-unsubscribe", null, "Not delivering to unsubscribed address", MailEvent.Bounced, false)]
    [InlineData("temporary", "generic", null, "No MX for nomx.example.com", null, false)]
    internal void Mailgun(string severity, string reason, string? code, string message, MailEvent? told, bool hard)
    {
        var e = new JsonObject
        {
            ["event"] = "failed",
            ["severity"] = severity,
            ["reason"] = reason,
            ["id"] = "x",
            ["recipient"] = "a@example.com",
            ["user-variables"] = new JsonObject { ["chatrelay_delivery"] = Delivery },
            ["delivery-status"] = new JsonObject { ["enhanced-code"] = code, ["message"] = message },
        };
        var (time, key) = ($"{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}", "key");
        var signature = Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("key"u8, System.Text.Encoding.UTF8.GetBytes(time + "token")));
        var body = new JsonObject { ["signature"] = new JsonObject { ["timestamp"] = time, ["token"] = "token", ["signature"] = signature }, ["event-data"] = e };
        Assert.Equal(told is { } known ? (known, hard) : null, Only(MailgunEvents.Hear(PostOf(body.ToJsonString()), new ProviderAccount.Mailgun(new("k"), "mg.example.com", false) { Id = default, WebhookSigningKey = new(key) })));
    }

    // https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
    [Theory]
    [InlineData("Permanent", "General", true)]
    [InlineData("Permanent", "NoEmail", true)]
    [InlineData("Permanent", "Suppressed", true)]
    [InlineData("Permanent", "OnAccountSuppressionList", false)]
    [InlineData("Permanent", "UnsubscribedRecipient", false)]
    [InlineData("Transient", "General", false)]
    [InlineData("Transient", "MailboxFull", false)]
    [InlineData("Transient", "MessageTooLarge", false)]
    [InlineData("Transient", "ContentRejected", false)]
    [InlineData("Transient", "AttachmentRejected", false)]
    [InlineData("Undetermined", "Undetermined", false)]
    public void Ses(string type, string subtype, bool hard)
    {
        var told = new JsonObject
        {
            ["notificationType"] = "Bounce",
            ["bounce"] = new JsonObject
            {
                ["bounceType"] = type,
                ["bounceSubType"] = subtype,
                ["bouncedRecipients"] = new JsonArray(new JsonObject { ["emailAddress"] = "Ann <a@example.com>" }, new JsonObject { ["emailAddress"] = "b@example.com" }),
            },
            // Without a configuration set there are no tags: our Message-ID names the delivery.
            ["mail"] = new JsonObject { ["commonHeaders"] = new JsonObject { ["messageId"] = $"<{Delivery}@chatrelay.invalid>" } },
        };
        var reports = SesEvents.ReportsOf(PostOf("{}"), "m", System.Text.Json.JsonDocument.Parse(told.ToJsonString()).RootElement);
        Assert.Equal(["a@example.com", "b@example.com"], reports.Select(r => r.Email));
        Assert.All(reports, r => Assert.Equal((MailEvent.Bounced, hard, Delivery), (r.Event, r.Hard, $"{new DeliveryId(r.Delivery)}")));
        Assert.Equal(2, reports.Select(r => r.Id).Distinct().Count());
    }

    private static (MailEvent, bool)? Only(Heard heard) => Assert.IsType<Heard.Events>(heard).Reports is [var one] ? (one.Event, one.Hard) : null;

    private static InboundPost PostOf(string body, IHeaderDictionary? headers = null) =>
        new(Guid.NewGuid(), default, System.Text.Encoding.UTF8.GetBytes(body), headers ?? new HeaderDictionary(), DateTimeOffset.UtcNow, OutboundAllow.None);
}
