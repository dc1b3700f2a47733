using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Rest;

/// <summary>A provider's REST API as one send reaches it: at its public address or at the account's own, within the send's deadline and its tenant's opened ranges.</summary>
internal sealed class MailApi(OutboundHttp http, SendRequest.Email send, string publicUrl)
{
    public Uri At(string path) => new($"{(send.Account.BaseUrl?.GetLeftPart(UriPartial.Path) ?? publicUrl).TrimEnd('/')}{path}");

    public async Task<OutboundReply> PostAsync(ApiPost post, CancellationToken ct)
    {
        // A key with a line end in it would be a second header.
        if (post.Headers.Select(header => header.Value).Concat(post.Secrets).Any(text => text.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0))
            return OutboundReply.Failed(Outcome.AuthFailed, bytesLeft: false, "A credential has characters that no credential has.");

        var reply = await http.SendAsync(new()
        {
            Url = post.Url,
            Use = OutboundUse.Http,
            Allow = send.Allow,
            Timeout = send.Timeout,
            ContentType = post.ContentType,
            Body = post.Body.Written,
            MaxBody = post.MaxBody,
            Headers = [new("Accept", "application/json"), .. post.Headers],
        }, ct);
        return Redaction.Of(reply, post.Secrets);
    }
}

/// <summary>One call to make.</summary>
internal sealed record ApiPost(Uri Url, RentedBody Body, string ContentType)
{
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>What stands in the headers and must not come back in an answer that is kept.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    public int MaxBody { get; init; } = OutboundExchange.MaxBody;
}
