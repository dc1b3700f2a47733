using ChatRelay.Protocol;

namespace ChatRelay.Channels;

/// <summary>Hands a request to the sender of its type. The one broad catch of the sending path stands here.</summary>
internal sealed partial class ChannelSenders(IEnumerable<IChannelSender> senders, ILogger<ChannelSenders> log)
{
    private readonly Dictionary<(ChannelKind, string), IChannelSender> _senders = senders.ToDictionary(s => (s.Channel, s.Type));

    public bool Has(ChannelKind channel, string type) => _senders.ContainsKey((channel, type));

    public async Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct)
    {
        if (!_senders.TryGetValue((send.Channel, send.Type), out var sender))
            return new SendOutcome.Refused(Outcome.ProtocolError) { Detail = $"This node has no sender for {send.Type}." };
        try
        {
            return await sender.SendAsync(send, ct);
        }
        // The caller stopped it: no outcome of ours.
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // A sender's bug must cost one attempt, not the worker. What it had sent is not known.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            LogSenderFailed(bug, send.Delivery, send.Tenant, send.Channel, send.Type);
            return new SendOutcome.TryLater(Outcome.ProtocolError) { MaybeSent = true, Detail = "A fault inside the sender; it is in the relay's log." };
        }
    }

    [LoggerMessage(1801, LogLevel.Error, "sender.failed {DeliveryId} {TenantId} {Channel} {Type}")]
    private partial void LogSenderFailed(Exception bug, DeliveryId deliveryId, TenantId tenantId, ChannelKind channel, string type);
}
