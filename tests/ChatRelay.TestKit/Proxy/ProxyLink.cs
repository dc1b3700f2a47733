using System.Net.Sockets;

namespace ChatRelay.TestKit;

/// <summary>One connection through the proxy: two pumps, and what may go wrong between them.</summary>
internal sealed class ProxyLink(Socket client, Socket server, ChaosProxy proxy, CancellationToken stopping)
{
    private readonly CommitWatch watch = new();
    private volatile bool losing, withholding, halved;

    public async Task RunAsync()
    {
        var (up, down) = (UpAsync(), DownAsync());
        await Task.WhenAny(up, down);
        if (halved) await up; // to the node it looks open until it gives up itself
    }

    public void Cut()
    {
        client.Close();
        server.Close();
    }

    public void Halve()
    {
        halved = true;
        server.Close();
    }

    private async Task UpAsync()
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReceiveAsync(buffer, stopping) is > 0 and var read)
        {
            if (halved) continue;
            var fault = proxy.FaultFor(this, buffer.AsSpan(0, read), watch.Commits(buffer.AsSpan(0, read)));
            if (fault is CommitFault.LoseAnswer or CommitFault.Withhold) (withholding, losing) = (fault is CommitFault.Withhold, true);
            await proxy.PassAsync(stopping);
            try
            {
                await server.SendAsync(buffer.AsMemory(0, read), stopping);
            }
            catch (Exception gone) when (halved && gone is SocketException or ObjectDisposedException)
            {
                continue;
            }
            if (fault is not CommitFault.Cut) continue;
            proxy.Struck();
            Cut();
            return;
        }
    }

    private async Task DownAsync()
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReceiveAsync(buffer, stopping) is > 0 and var read)
        {
            if (losing)
            {
                // The last message of an answer is ReadyForQuery ('Z', length 5, state): until it is here the COMMIT may not be done.
                if (read < 6 || buffer[read - 6] != 'Z') continue;
                proxy.Struck();
                if (!withholding) return;
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
            }
            await proxy.PassAsync(stopping);
            await client.SendAsync(buffer.AsMemory(0, read), stopping);
        }
    }
}
