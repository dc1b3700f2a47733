using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Storage;

namespace ChatRelay.Inbound;

/// <summary>SNS's signing certificates, fetched through the guarded client and kept for a day. Few: a URL that is none is not kept.</summary>
internal sealed class SnsCertificates(OutboundHttp http, RelayClock clock)
{
    private const int Most = 64;
    private const string Name = "sns.amazonaws.com";
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1), Patience = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Uri, (X509Certificate2 Certificate, DateTimeOffset At)> _known = new();

    internal abstract record Found
    {
        private Found() { }

        internal sealed record Good(X509Certificate2 Certificate) : Found;

        internal sealed record Bad : Found;

        internal sealed record NotNow : Found;
    }

    public async Task<Found> FindAsync(Uri url, OutboundAllow allow, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(url, out var known) && now - known.At < Kept && now < known.Certificate.NotAfter) return new Found.Good(known.Certificate);
        var reply = await http.SendAsync(new() { Method = HttpMethod.Get, Url = url, Use = OutboundUse.Http, Timeout = Patience, Allow = allow }, ct);
        if (!reply.Succeeded) return reply.Status is >= 400 and < 500 ? new Found.Bad() : new Found.NotNow();
        if (Read(reply.Body) is not { } certificate) return new Found.Bad();
        if (!certificate.MatchesHostname(Name) || now < certificate.NotBefore || now > certificate.NotAfter) return new Found.Bad();
        if (_known.Count >= Most) _known.Clear();
        _known[url] = (certificate, now);
        return new Found.Good(certificate);
    }

    private static X509Certificate2? Read(ReadOnlyMemory<byte> pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(pem.Span));
        }
        catch (CryptographicException) // how the framework says that it is none
        {
            return null;
        }
    }
}
