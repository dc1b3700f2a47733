using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.Ses;

/// <summary>Amazon SES API v2, each call signed.</summary>
internal sealed class AmazonSimpleEmailServiceV2Client(MailApi api, ProviderAccount.Ses account, RelayClock clock)
{
    private const string ContentType = "application/json";

    public static string Public(string region) => $"https://email.{region}.amazonaws.com";

    public async Task<OutboundReply> SendEmailAsync(SendEmailRequest request, CancellationToken ct)
    {
        using var body = new RentedBody(checked((int)(request.Content.Raw.Data.Size / 3 * 4)) + 4096);
        await request.WriteToAsync(body, ct);
        var url = api.At("/v2/email/outbound-emails");
        return await api.PostAsync(new(url, body, ContentType)
        {
            Headers = Signed(url, body.Written, clock.GetUtcNow()),
            Secrets = [account.SecretAccessKey.Reveal(), account.SessionToken?.Reveal() ?? ""],
        }, ct);
    }

    private List<KeyValuePair<string, string>> Signed(Uri url, ReadOnlyMemory<byte> body, DateTimeOffset at)
    {
        List<KeyValuePair<string, string>> headers = [new("X-Amz-Date", SigV4.Stamp(at))];
        if (account.SessionToken is { } token) headers.Add(new("X-Amz-Security-Token", token.Reveal()));
        // The client writes these two itself.
        var request = new SignedRequest("POST", url.AbsolutePath, body) { Headers = [.. headers, new("Host", url.Authority), new("Content-Type", ContentType)] };
        headers.Add(new("Authorization", SigV4.Authorization(request, new(account.AccessKeyId, account.SecretAccessKey, account.Region, "ses"), at)));
        return headers;
    }
}
