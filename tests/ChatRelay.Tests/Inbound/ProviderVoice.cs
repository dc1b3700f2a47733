using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.TestKit;
using ChatRelay.Tests.Providers;

namespace ChatRelay.Tests.Inbound;

/// <summary>A provider on the wire, both ways: it takes mail as its API does, and posts events as its webhooks do, signed as it signs. Each names the page that it is from.</summary>
internal abstract class ProviderVoice : IAsyncDisposable
{
    protected const string Kind = "Type"; // in Postmark's records and SNS's messages
    private readonly FakeReceiver _api;

    protected ProviderVoice() => _api = FakeReceiver.Answering(Answer);

    public static readonly string[] Types = ["sendgrid", "postmark", "mailgun", "ses"];

    public static ProviderVoice Of(string type) => type switch
    {
        "sendgrid" => new SendGridVoice(),
        "postmark" => new PostmarkVoice(),
        "mailgun" => new MailgunVoice(),
        _ => new SesVoice(),
    };

    public abstract string Type { get; }
    public string BaseUrl => $"http://127.0.0.1:{_api.Port}";
    public IEnumerable<FakeRequest> Asked(string line) => _api.Requests.Where(r => r.Line.StartsWith(line, StringComparison.Ordinal));

    /// <summary>With what verifies its events, or without.</summary>
    public JsonObject Account(bool verified = true)
    {
        var usual = GivenProvider.Of(Type);
        var (config, credentials) = (usual["config"]!.AsObject(), usual["credentials"]!.AsObject());
        config["base_url"] = BaseUrl;
        if (verified) Verify(config, credentials);
        return usual;
    }

    protected virtual void Verify(JsonObject config, JsonObject credentials) { }

    protected abstract string Answer(FakeRequest request);

    public abstract JsonObject Delivered(string delivery, string to);
    public abstract JsonObject HardBounce(string delivery, string to);
    public abstract JsonObject SoftBounce(string delivery, string to);
    public abstract JsonObject Complained(string delivery, string to);
    public abstract JsonObject Opened(string delivery, string to);
    public abstract JsonObject Clicked(string delivery, string to);
    public abstract JsonObject Unsubscribed(string delivery, string to);

    /// <summary>A kind of event that nobody has heard of.</summary>
    public abstract JsonObject Unknown(string delivery, string to);

    /// <summary>The post of these events at a time: the whole request, so that it can be sent again as it was.</summary>
    public abstract Post Sign(DateTimeOffset at, params JsonObject[] events);

    /// <summary>One post a thing that only one event fits into.</summary>
    public virtual bool Batches => false;

    /// <summary>Whether what it posts can be told from what others post, and when it was.</summary>
    public virtual bool Signs => true;

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    internal sealed record Post(string Body, string ContentType = "application/json")
    {
        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

        public async Task<Said> ToAsync(HttpClient anonymous, string url)
        {
            var content = new StringContent(Body, Encoding.UTF8);
            content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(ContentType);
            foreach (var (name, value) in Headers) content.Headers.Add(name, value);
            return await anonymous.AskAsync(HttpMethod.Post, new Uri(url).PathAndQuery, content);
        }
    }

    protected static string Id() => Guid.NewGuid().ToString("n");
}

/// <summary>https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event and …/getting-started-event-webhook-security-features.</summary>
internal sealed class SendGridVoice : ProviderVoice
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public override string Type => "sendgrid";
    public override bool Batches => true;

    protected override void Verify(JsonObject config, JsonObject credentials) => config["verification_key"] = Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());

    protected override string Answer(FakeRequest request) => FakeReceiver.Answer(202, "", $"X-Message-Id: {Id()}");

    public override JsonObject Delivered(string delivery, string to) => Event(delivery, to, "delivered", new() { ["response"] = "250 OK" });
    public override JsonObject HardBounce(string delivery, string to) => Event(delivery, to, "bounce", new()
    {
        ["type"] = "bounce",
        ["status"] = "5.1.1",
        ["bounce_classification"] = "Invalid Address",
        ["reason"] = $"550 5.1.1 <{to}> unknown user",
    });
    public override JsonObject SoftBounce(string delivery, string to) => Event(delivery, to, "bounce", new()
    {
        ["type"] = "blocked",
        ["status"] = "5.7.1",
        ["bounce_classification"] = "Reputation",
        ["reason"] = "550 5.7.1 blocked by a list",
    });
    public override JsonObject Complained(string delivery, string to) => Event(delivery, to, "spamreport");
    public override JsonObject Opened(string delivery, string to) => Event(delivery, to, "open", new() { ["useragent"] = "Mozilla/4.0", ["ip"] = "255.255.255.255" });
    public override JsonObject Clicked(string delivery, string to) => Event(delivery, to, "click", new() { ["url"] = "https://example.com/" });
    public override JsonObject Unsubscribed(string delivery, string to) => Event(delivery, to, "group_unsubscribe", new() { ["asm_group_id"] = 10 });
    public override JsonObject Unknown(string delivery, string to) => Event(delivery, to, "account_status_change");

    public override Post Sign(DateTimeOffset at, params JsonObject[] events)
    {
        var (body, time) = (new JsonArray([.. events.Select(e => e.DeepClone())]).ToJsonString(), $"{at.ToUnixTimeSeconds()}");
        var signature = _key.SignData(Encoding.UTF8.GetBytes(time + body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new(body)
        {
            Headers = new Dictionary<string, string> { ["X-Twilio-Email-Event-Webhook-Signature"] = Convert.ToBase64String(signature), ["X-Twilio-Email-Event-Webhook-Timestamp"] = time },
        };
    }

    private static JsonObject Event(string delivery, string to, string kind, JsonObject? more = null)
    {
        var told = more ?? [];
        (told["email"], told["timestamp"], told["smtp-id"], told["event"]) = (to, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), "<14c5d75ce93.dfd.64b469@ismtpd-555>", kind);
        (told["sg_event_id"], told["sg_message_id"], told["chatrelay_delivery"]) = (Id(), "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", delivery);
        return told;
    }
}

/// <summary>https://postmarkapp.com/developer/webhooks/webhooks-overview and the pages of each webhook below it.</summary>
internal sealed class PostmarkVoice : ProviderVoice
{
    public override string Type => "postmark";
    public override bool Signs => false;

    protected override string Answer(FakeRequest request) => FakeReceiver.Answer(200, $$"""{"ErrorCode":0,"Message":"OK","MessageID":"{{Guid.NewGuid()}}"}""");

    public override JsonObject Delivered(string delivery, string to) => Record(delivery, "Delivery", new() { ["Recipient"] = to, ["DeliveredAt"] = Now, ["Details"] = "Test delivery webhook details" });
    public override JsonObject HardBounce(string delivery, string to) => Bounce(delivery, to, "HardBounce", 1, $"smtp;550 5.1.1 <{to}> unknown user");
    public override JsonObject SoftBounce(string delivery, string to) => Bounce(delivery, to, "Blocked", 100006, "smtp;550 5.7.1 blocked by a list");
    public override JsonObject Complained(string delivery, string to) => Record(delivery, "SpamComplaint", new() { ["ID"] = Random.Shared.Next(), [Kind] = "SpamComplaint", ["TypeCode"] = 512, ["Email"] = to, ["BouncedAt"] = Now });
    public override JsonObject Opened(string delivery, string to) => Record(delivery, "Open", new() { ["FirstOpen"] = true, ["Recipient"] = to, ["ReceivedAt"] = Now });
    public override JsonObject Clicked(string delivery, string to) => Record(delivery, "Click", new() { ["ClickLocation"] = "HTML", ["OriginalLink"] = "https://example.com", ["Recipient"] = to, ["ReceivedAt"] = Now });
    public override JsonObject Unsubscribed(string delivery, string to) => Record(delivery, "SubscriptionChange", new()
    {
        ["Recipient"] = to,
        ["ChangedAt"] = Now,
        ["Origin"] = "Recipient",
        ["SuppressSending"] = true,
        ["SuppressionReason"] = "ManualSuppression",
    });
    public override JsonObject Unknown(string delivery, string to) => Record(delivery, "Inbound", new() { ["Recipient"] = to });

    public override Post Sign(DateTimeOffset at, params JsonObject[] events) => new(events.Single().ToJsonString());

    private static string Now => DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'");

    private static JsonObject Bounce(string delivery, string to, string type, int code, string details) => Record(delivery, "Bounce", new()
    {
        ["ID"] = Random.Shared.Next(),
        [Kind] = type,
        ["TypeCode"] = code,
        ["Email"] = to,
        ["BouncedAt"] = Now,
        ["Description"] = "…",
        ["Details"] = details,
        ["Inactive"] = true,
    });

    private static JsonObject Record(string delivery, string kind, JsonObject record)
    {
        (record["RecordType"], record["MessageID"], record["MessageStream"], record["ServerID"]) = (kind, "883953f4-6105-42a2-a16a-77a8eac79483", "outbound", 23);
        record["Metadata"] = new JsonObject { ["chatrelay_delivery"] = delivery };
        return record;
    }
}

/// <summary>https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks and …/user-manual/events/event-structure.</summary>
internal sealed class MailgunVoice : ProviderVoice
{
    private readonly string _key = Id();

    public override string Type => "mailgun";

    protected override void Verify(JsonObject config, JsonObject credentials) => credentials["webhook_signing_key"] = _key;

    protected override string Answer(FakeRequest request) => FakeReceiver.Answer(200, $$"""{"id":"<{{Id()}}@mg.example.com>","message":"Queued. Thank you."}""");

    public override JsonObject Delivered(string delivery, string to) => Event(delivery, to, "delivered", new() { ["delivery-status"] = new JsonObject { ["code"] = 250, ["message"] = "OK" } });
    public override JsonObject HardBounce(string delivery, string to) => Event(delivery, to, "failed", new()
    {
        ["severity"] = "permanent",
        ["reason"] = "bounce",
        ["delivery-status"] = new JsonObject { ["code"] = 550, ["message"] = $"5.1.1 The account <{to}> that you tried to reach does not exist." },
    });
    public override JsonObject SoftBounce(string delivery, string to) => Event(delivery, to, "failed", new()
    {
        ["severity"] = "permanent",
        ["reason"] = "bounce",
        ["delivery-status"] = new JsonObject { ["code"] = 550, ["enhanced-code"] = "5.7.1", ["message"] = "5.7.1 blocked by a list" },
    });
    public override JsonObject Complained(string delivery, string to) => Event(delivery, to, "complained");
    public override JsonObject Opened(string delivery, string to) => Event(delivery, to, "opened");
    public override JsonObject Clicked(string delivery, string to) => Event(delivery, to, "clicked", new() { ["url"] = "https://example.com" });
    public override JsonObject Unsubscribed(string delivery, string to) => Event(delivery, to, "unsubscribed");
    public override JsonObject Unknown(string delivery, string to) => Event(delivery, to, "list_member_uploaded");

    public override Post Sign(DateTimeOffset at, params JsonObject[] events) => Sign(at, events.Single(), Id() + "0123456789abcdef01");

    public Post Sign(DateTimeOffset at, JsonObject told, string token)
    {
        var time = $"{at.ToUnixTimeSeconds()}";
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(_key), Encoding.UTF8.GetBytes(time + token)));
        return new(new JsonObject { ["signature"] = new JsonObject { ["timestamp"] = time, ["token"] = token, ["signature"] = signature }, ["event-data"] = told.DeepClone() }.ToJsonString());
    }

    private static JsonObject Event(string delivery, string to, string kind, JsonObject? more = null)
    {
        var told = more ?? [];
        (told["event"], told["id"], told["timestamp"], told["recipient"]) = (kind, Id(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0, to);
        told["user-variables"] = new JsonObject { ["chatrelay_delivery"] = delivery };
        told["message"] = new JsonObject { ["headers"] = new JsonObject { ["to"] = to, ["message-id"] = $"{delivery}@chatrelay.invalid" } };
        return told;
    }
}

/// <summary>
/// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html inside messages of SNS, as of
/// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html.
/// </summary>
internal sealed class SesVoice : ProviderVoice
{
    public const string Topic = "arn:aws:sns:eu-west-1:123456789012:ses-events";
    private const string Pem = "/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem";
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    public SesVoice() => _certificate = CertificateOf(_key, "sns.amazonaws.com");

    public override string Type => "ses";

    /// <summary>What it answers to whoever asks for the certificate; null: the certificate.</summary>
    public string? CertificateAnswer { get; set; }

    public static X509Certificate2 CertificateOf(RSA key, string name) =>
        new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));

    protected override void Verify(JsonObject config, JsonObject credentials) => config["topic_arn"] = Topic;

    protected override string Answer(FakeRequest request) => request.Line.Split(' ')[1] switch
    {
        Pem => CertificateAnswer ?? FakeReceiver.Answer(200, _certificate.ExportCertificatePem()),
        { } path when path.StartsWith("/?Action=ConfirmSubscription", StringComparison.Ordinal) => FakeReceiver.Answer(200, "<ConfirmSubscriptionResponse/>"),
        _ => FakeReceiver.Answer(200, $$"""{"MessageId":"{{Id()}}"}"""),
    };

    public override JsonObject Delivered(string delivery, string to) => Event(delivery, to, "Delivery", new() { ["recipients"] = new JsonArray(to), ["smtpResponse"] = "250 ok" });
    public override JsonObject HardBounce(string delivery, string to) => Bounce(delivery, to, "Permanent", "General", $"smtp; 550 5.1.1 <{to}> user unknown");
    public override JsonObject SoftBounce(string delivery, string to) => Bounce(delivery, to, "Transient", "ContentRejected", "smtp; 550 5.7.1 rejected");
    public override JsonObject Complained(string delivery, string to) => Event(delivery, to, "Complaint", new()
    {
        ["complainedRecipients"] = new JsonArray(new JsonObject { ["emailAddress"] = to }),
        ["complaintFeedbackType"] = "abuse",
    });
    public override JsonObject Opened(string delivery, string to) => Event(delivery, to, "Open", new() { ["ipAddress"] = "192.0.2.1" });
    public override JsonObject Clicked(string delivery, string to) => Event(delivery, to, "Click", new() { ["link"] = "https://example.com" });
    public override JsonObject Unsubscribed(string delivery, string to) => Event(delivery, to, "Subscription", new()
    {
        ["contactList"] = "ContactListName",
        ["newTopicPreferences"] = new JsonObject { ["unsubscribeAll"] = true },
        ["source"] = "UnsubscribeHeader",
    });
    public override JsonObject Unknown(string delivery, string to) => Event(delivery, to, "DeliveryDelay", []);

    public override Post Sign(DateTimeOffset at, params JsonObject[] events) => Message(at, "Notification", new() { ["Message"] = events.Single().ToJsonString() });

    public Post Confirmation(DateTimeOffset at, string host = "sns.eu-west-1.amazonaws.com") => Message(at, "SubscriptionConfirmation", new()
    {
        ["Message"] = "You have chosen to subscribe to the topic.",
        ["Token"] = "2336412f37",
        ["SubscribeURL"] = $"https://{host}/?Action=ConfirmSubscription&TopicArn={Topic}&Token=2336412f37",
    });

    /// <param name="change">of the message before it is signed</param>
    public Post Message(DateTimeOffset at, string type, JsonObject message, Action<JsonObject>? change = null, string version = "2")
    {
        (message[Kind], message["MessageId"], message["TopicArn"]) = (type, Guid.NewGuid().ToString(), Topic);
        message["Timestamp"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
        (message["SignatureVersion"], message["SigningCertURL"]) = (version, $"https://sns.eu-west-1.amazonaws.com{Pem}");
        change?.Invoke(message);
        string[] members = type == "Notification"
            ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"] : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        var text = string.Concat(members.Where(m => message[m] is not null).Select(m => $"{m}\n{message[m]!.GetValue<string>()}\n"));
        message["Signature"] = Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(text), version == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return new(message.ToJsonString(), "text/plain; charset=UTF-8");
    }

    private static JsonObject Bounce(string delivery, string to, string type, string subtype, string code) => Event(delivery, to, "Bounce", new()
    {
        ["bounceType"] = type,
        ["bounceSubType"] = subtype,
        ["bouncedRecipients"] = new JsonArray(new JsonObject { ["emailAddress"] = to, ["action"] = "failed", ["status"] = "5.1.1", ["diagnosticCode"] = code }),
    });

    private static JsonObject Event(string delivery, string to, string kind, JsonObject part)
    {
        part["timestamp"] = DateTimeOffset.UtcNow.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
        return new()
        {
            ["eventType"] = kind,
            [kind.ToLowerInvariant()] = part,
            ["mail"] = new JsonObject
            {
                ["messageId"] = "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
                ["destination"] = new JsonArray(to),
                ["tags"] = new JsonObject { ["ses:configuration-set"] = new JsonArray("ConfigSet"), ["chatrelay_delivery"] = new JsonArray(delivery) },
            },
        };
    }
}
