using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Outbound;

/// <summary>The guarded client as it runs, with a clock that stands still and a resolver that says what the test says.</summary>
internal sealed class OutboundRig : IDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);
    private static readonly IReadOnlyList<AllowRule> Loopback = [AllowRule.Parse("127.0.0.0/8", null)];
    private readonly OutboundConnections _connections;

    public OutboundRig(IReadOnlyList<AllowRule>? allow = null, X509Certificate2Collection? roots = null)
    {
        Relay = new RelayClock(Clock);
        Policy = new OutboundPolicy(new OutboundOptions { Allow = allow ?? Loopback });
        Dialer = new OutboundDialer(Policy, ResolveAsync, Relay);
        _connections = new OutboundConnections(Dialer, roots);
        Http = new OutboundHttp(_connections, Relay);
    }

    public FakeClock Clock { get; } = new();
    public RelayClock Relay { get; }
    public OutboundPolicy Policy { get; }
    public OutboundDialer Dialer { get; }
    public OutboundHttp Http { get; }

    /// <summary>What each name resolves to, answer by answer; the last one stays.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<string[]>> Names { get; } = new();

    /// <summary>Every look-up that was made.</summary>
    public ConcurrentQueue<string> LookUps { get; } = new();

    public OutboundRig With(string name, params string[] addresses)
    {
        Names.GetOrAdd(name, _ => new()).Enqueue(addresses);
        return this;
    }

    public Task<OutboundReply> PostAsync(Uri url, string body = "{}", OutboundAllow? allow = null, CancellationToken ct = default) => Http.SendAsync(new()
    {
        Url = url,
        Use = OutboundUse.Webhook,
        Body = Encoding.UTF8.GetBytes(body),
        ContentType = "application/json",
        Timeout = Deadline,
        Allow = allow ?? OutboundAllow.None,
    }, ct);

    private Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken ct)
    {
        LookUps.Enqueue(host);
        if (!Names.TryGetValue(host, out var answers)) throw new SocketException((int)SocketError.HostNotFound);
        var answer = answers.Count > 1 && answers.TryDequeue(out var first) ? first : answers.First();
        return Task.FromResult<IReadOnlyList<IPAddress>>([.. answer.Select(IPAddress.Parse)]);
    }

    public void Dispose() => _connections.Dispose();
}
