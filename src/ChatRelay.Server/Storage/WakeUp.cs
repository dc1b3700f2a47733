using System.Threading.Channels;

namespace ChatRelay.Storage;

/// <summary>A hint that there may be work. Hints are merged, and may be lost: who waits looks again after a while anyway.</summary>
internal sealed class WakeUp(TimeProvider clock)
{
    private readonly Channel<bool> hint = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Signal() => hint.Writer.TryWrite(true);

    /// <summary>Comes back at a hint, after the time, or when the node stops.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            await hint.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // Time to look, or time to stop: the caller knows which.
        }
    }
}
