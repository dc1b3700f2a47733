using System.Net;
using System.Net.Sockets;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Outbound;

/// <summary>A connection to a vetted address, or why there is none.</summary>
internal abstract record Dialed
{
    private Dialed() { }

    public sealed record Connected(NetworkStream Stream, IPEndPoint To) : Dialed;

    public sealed record Failed(OutboundFailure Failure) : Dialed;
}

/// <summary>
/// The one door to a socket, for HTTP and SMTP alike: (1) resolve once, (2) vet every answer, (3) connect to a vetted address.
/// The name is not looked up again after it was vetted, so an answer that changes in between changes nothing.
/// </summary>
internal sealed class OutboundDialer(OutboundPolicy policy, ResolveName resolve, RelayClock clock)
{
    // One dead address must not eat the deadline of the ones behind it.
    private static readonly TimeSpan Share = TimeSpan.FromSeconds(4);
    private const int MaxAddresses = 6;

    public async Task<Dialed> DialAsync(Destination to, OutboundAllow tenant, CancellationToken ct)
    {
        IReadOnlyList<IPAddress> answers;
        try
        {
            answers = IPAddress.TryParse(to.Host, out var literal) ? [literal] : await resolve(to.Host, ct); // (1)
        }
        catch (SocketException e)
        {
            return Fail(Outcome.DnsError, $"The name could not be resolved ({e.SocketErrorCode}).");
        }
        if (answers.Count == 0) return Fail(Outcome.DnsError, "The name has no address.");

        var vetted = answers.Where(address => policy.Permits(address, to, tenant)).Take(MaxAddresses).ToArray(); // (2)
        // What the name does resolve to stays unsaid: it would tell of a network that is not the caller's.
        if (vetted.Length == 0) return Fail(Outcome.BlockedAddress, "The host has no address that the relay calls.");

        Dialed last = Fail(Outcome.ConnectionError, "No address answered.");
        for (var i = 0; i < vetted.Length && last is Dialed.Failed; i++)
            last = await ConnectAsync(new(vetted[i], to.Port), isLast: i == vetted.Length - 1, ct); // (3)
        return last;
    }

    private async Task<Dialed> ConnectAsync(IPEndPoint to, bool isLast, CancellationToken ct)
    {
        using var share = new CancellationTokenSource(isLast ? Timeout.InfiniteTimeSpan : Share, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, share.Token);
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, both.Token);
            return new Dialed.Connected(new NetworkStream(socket, ownsSocket: true), to);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return Fail(Outcome.ConnectionError, $"The connection failed ({e.SocketErrorCode}).");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            socket.Dispose();
            return Fail(Outcome.ConnectionError, "The address did not answer.");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Dialed.Failed Fail(Outcome outcome, string detail) => new(new OutboundFailure(outcome, BytesLeft: false, detail));
}
