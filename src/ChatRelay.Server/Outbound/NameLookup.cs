using System.Net;
using System.Net.Sockets;

namespace ChatRelay.Outbound;

/// <summary>Asks for the addresses of a name. Throws SocketException when there are none.</summary>
internal delegate Task<IReadOnlyList<IPAddress>> ResolveName(string host, CancellationToken ct);

/// <summary>The system's resolver, on threads of its own: a name server that hangs must not hold the pool that everything else runs on.</summary>
internal sealed class NameLookup : IDisposable
{
    // Enough for many slow names at once; what is beyond waits inside its own deadline.
    private readonly SemaphoreSlim _places = new(256);

    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken ct)
    {
        await _places.WaitAsync(ct);
        // The place is given back when the system answers, not when the caller stops waiting: the thread is held until then.
        var asking = Task.Factory.StartNew(() => Ask(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await asking.WaitAsync(ct);
    }

    private IPAddress[] Ask(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host, AddressFamily.Unspecified);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
