using ChatRelay.Protocol;

namespace ChatRelay.Channels;

/// <summary>One way out. It tries once and says what happened; retries, rates and failover are decided elsewhere.</summary>
internal interface IChannelSender
{
    ChannelKind Channel { get; }

    /// <summary>`webhook`, or the provider's type: `sandbox`, `smtp`, …</summary>
    string Type { get; }

    Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct);
}
