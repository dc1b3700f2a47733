using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Webhook;

/// <summary>Signs and posts one event. A dead endpoint is an outcome here, never an exception.</summary>
internal sealed class WebhookSender(OutboundHttp http, RelayClock clock) : IChannelSender
{
    public ChannelKind Channel => ChannelKind.Webhook;
    public string Type => "webhook";

    public async Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct)
    {
        var webhook = (SendRequest.Webhook)send;
        var reply = await http.SendAsync(Post(webhook, clock.GetUtcNow()), ct);
        return OutcomeOf(reply, clock.GetUtcNow()) with { Reply = reply };
    }

    public static SendOutcome OutcomeOf(OutboundReply reply, DateTimeOffset now) => reply switch
    {
        { Failure: { } failure } => new SendOutcome.TryLater(failure.Outcome) { MaybeSent = failure.BytesLeft, Detail = failure.Detail },
        { Succeeded: true } => new SendOutcome.Accepted(),
        { Status: 410 } => new SendOutcome.Refused(Outcome.HttpError, DisableTarget: true),
        { Status: 429 } => new SendOutcome.TryLater(Outcome.RateLimited, RetryAfter.Of(reply, now)),
        _ => new SendOutcome.TryLater(Outcome.HttpError, RetryAfter.Of(reply, now)),
    };

    private static OutboundRequest Post(SendRequest.Webhook send, DateTimeOffset at) => new()
    {
        Url = send.Target,
        Use = OutboundUse.Webhook,
        Allow = send.Allow,
        Timeout = send.Timeout,
        ContentType = "application/json", // exactly: some receivers refuse a charset
        Body = send.Body,
        Headers =
        [
            new("webhook-id", send.Id),
            new("webhook-timestamp", $"{at.ToUnixTimeSeconds()}"),
            new("webhook-signature", WebhookSignature.Sign(send.Keys, send.Id, at, send.Body.Span)),
            .. send.Headers,
        ],
    };
}
