namespace ChatRelay.Realtime;

/// <summary>
/// What carries batches from a node to all nodes, itself included. It decides nothing: it sends once, hears until it cannot, and throws what LostConnection
/// knows. Batches may be lost, doubled and reordered on it; who uses it numbers them.
/// </summary>
internal abstract class BusLine
{
    public abstract string Kind { get; }

    public abstract Task SendAsync(byte[] batch, CancellationToken ct);

    /// <summary>Comes back only when it can hear no longer.</summary>
    public abstract Task HearAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct);
}
