using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Providers;

namespace ChatRelay.Inbound;

/// <summary>
/// Messages of Amazon SNS: (1) of the topic that the account names, (2) lately, (3) with a certificate of SNS's own and (4) its signature; then
/// (5) an event of SES's, or (6) the question whether the subscription is meant, which is answered by calling its URL.
/// </summary>
internal sealed partial class SnsMessages(SnsCertificates certificates, OutboundHttp http, ILogger<SnsMessages> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<Heard> HearAsync(InboundPost post, ProviderAccount.Ses account, CancellationToken ct)
    {
        var message = ApiAnswer.Json(post.Body);
        if (account.TopicArn is null || InboundPost.Text(message, "TopicArn") != account.TopicArn) return Heard.No; // (1)
        if (InboundPost.Time(InboundPost.Text(message, "Timestamp")) is not { } signed || !post.IsFresh(signed)) return Heard.No; // (2)
        if (SnsUrl.Of(InboundPost.Text(message, "SigningCertURL"), account.BaseUrl, isCertificate: true) is not { } url) return Heard.No;
        var found = await certificates.FindAsync(url, post.Allow, ct); // (3)
        if (found is SnsCertificates.Found.NotNow) return new Heard.NotNow();
        if (found is not SnsCertificates.Found.Good { Certificate: var certificate } || !IsSigned(message, certificate)) return Heard.No; // (4)

        return InboundPost.Text(message, "Type") switch
        {
            "Notification" => Notification(post, message), // (5)
            "SubscriptionConfirmation" => await ConfirmAsync(post, account, message, ct), // (6)
            _ => new Heard.Events([]),
        };
    }

    private static Heard.Events Notification(InboundPost post, JsonElement message)
    {
        var told = ApiAnswer.Json(Encoding.UTF8.GetBytes(InboundPost.Text(message, "Message") ?? ""));
        return new Heard.Events(told.ValueKind is JsonValueKind.Object ? SesEvents.ReportsOf(post, InboundPost.Text(message, "MessageId")!, told) : []); // SES says hello in plain words
    }

    private async Task<Heard> ConfirmAsync(InboundPost post, ProviderAccount.Ses account, JsonElement message, CancellationToken ct)
    {
        if (SnsUrl.Of(InboundPost.Text(message, "SubscribeURL"), account.BaseUrl, isCertificate: false) is not { } url) return Heard.No;
        var reply = await http.SendAsync(new() { Method = HttpMethod.Get, Url = url, Use = OutboundUse.Http, Timeout = Patience, Allow = post.Allow }, ct);
        LogConfirmed(account.Id, reply.Status);
        return reply.Succeeded ? new Heard.Events([]) : new Heard.NotNow();
    }

    /// <summary>Over these members, in this order, each with its name, a line each; the subject only if there is one.</summary>
    public static bool IsSigned(JsonElement message, X509Certificate2 certificate)
    {
        string[] members = InboundPost.Text(message, "Type") is "Notification"
            ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        var text = new StringBuilder();
        foreach (var name in members)
        {
            if (InboundPost.Text(message, name) is { } value) text.Append(name).Append('\n').Append(value).Append('\n');
            else if (name != "Subject") return false;
        }
        var hash = InboundPost.Text(message, "SignatureVersion") switch { "1" => HashAlgorithmName.SHA1, "2" => HashAlgorithmName.SHA256, _ => default };
        var given = InboundPost.Text(message, "Signature") ?? "";
        var signature = new byte[given.Length];
        using var key = certificate.GetRSAPublicKey();
        return key is not null && hash.Name is not null && Convert.TryFromBase64String(given, signature, out var length)
            && key.VerifyData(Encoding.UTF8.GetBytes(text.ToString()), signature.AsSpan(0, length), hash, RSASignaturePadding.Pkcs1);
    }

    [LoggerMessage(2301, LogLevel.Information, "inbound.subscribed {ProviderId}: SNS answered {Status}")]
    private partial void LogConfirmed(Protocol.ProviderId providerId, int status);
}

/// <summary>An address that a message of SNS names: only SNS's own hosts are called.</summary>
internal static partial class SnsUrl
{
    /// <param name="instead">where the account's calls go instead of to AWS: path and query stay</param>
    public static Uri? Of(string? text, Uri? instead, bool isCertificate)
    {
        if (text is null || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || !url.IsDefaultPort || url.UserInfo.Length > 0) return null;
        if (!Host().IsMatch(url.Host) || (isCertificate && !Certificate().IsMatch(url.PathAndQuery))) return null;
        return instead is null ? url : new Uri(instead, url.PathAndQuery);
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"^sns\.[a-z]{2}(-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(\.cn)?$")]
    private static partial System.Text.RegularExpressions.Regex Host();

    [System.Text.RegularExpressions.GeneratedRegex(@"^/SimpleNotificationService-[0-9a-f]{8,64}\.pem$")]
    private static partial System.Text.RegularExpressions.Regex Certificate();
}
