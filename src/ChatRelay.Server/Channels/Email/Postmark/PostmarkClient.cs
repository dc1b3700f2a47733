using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Settings;

namespace ChatRelay.Channels.Email.Postmark;

/// <summary>Postmark's Email API: one message, or up to 500 in one call.</summary>
internal sealed class PostmarkClient(MailApi api, Secret serverToken)
{
    public const string Public = "https://api.postmarkapp.com";
    public const int MostMessages = 500;
    private const int BatchAnswer = 224 * 1024; // 500 results of the longest kind, and still within what one exchange may read

    public async Task<OutboundReply> SendMessageAsync(PostmarkMessage message, CancellationToken ct)
    {
        using var body = RentedBody.OfJson(message, PostmarkJson.Default.PostmarkMessage, message.Expected);
        return await api.PostAsync(Post("/email", body), ct);
    }

    /// <summary>One answer for the call; what became of each message stands in its body, in the same order.</summary>
    public async Task<OutboundReply> SendMessagesAsync(IReadOnlyList<PostmarkMessage> messages, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages.Count, MostMessages);
        using var body = RentedBody.OfJson(messages, PostmarkJson.Default.Batch, messages.Sum(message => message.Expected));
        return await api.PostAsync(Post("/email/batch", body) with { MaxBody = BatchAnswer }, ct);
    }

    private ApiPost Post(string path, RentedBody body) => new(api.At(path), body, "application/json")
    {
        Headers = [new("X-Postmark-Server-Token", serverToken.Reveal())],
        Secrets = [serverToken.Reveal()],
    };
}
