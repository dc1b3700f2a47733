using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.Realtime;

/// <summary>GET /v1/connect: the upgrade to a WebSocket. Who it is comes in the first frame: a token never stands in a URL.</summary>
internal static class Connect
{
    public const string SubProtocol = "chatrelay.v1";

    // RFC 6455, 1.3: the server proves that it has understood the handshake.
    private const string Proof = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/connect", Handle).WithName("connect").WithSummary("Open a socket")
        .WithDescription("An upgrade to WebSocket with the sub-protocol `chatrelay.v1`. What is said on it stands in docs/socket.md.")
        .Open()
        .WithMetadata(new StaysOpen())
        .WithMetadata(new Success(101, null, null))
        .Refuses(ProblemCode.InvalidParameter, ProblemCode.Unavailable)
        .ExcludeFromDescription(); // OpenAPI has no word for a socket: docs/socket.md has

    private static async Task Handle(HttpContext http, SocketLoop loop, SocketDoor door)
    {
        if (Refusal(http.Request, out var key) is { } refused)
        {
            await refused.ExecuteAsync(http);
            return;
        }
        if (door.Ask() is { } wait)
        {
            await new Problem(ProblemCode.Unavailable, "This node takes no further sockets now.") { RetryAfter = wait }.ExecuteAsync(http);
            return;
        }

        var headers = http.Response.Headers;
        headers.Upgrade = "websocket";
#pragma warning disable CA5350 // the handshake's own word for "understood": no secret hangs on it
        headers.SecWebSocketAccept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Proof)));
#pragma warning restore CA5350
        headers.SecWebSocketProtocol = SubProtocol;
        await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        // From here on the connection's own pipe is ours: one copy less each way than through the request's and the answer's streams.
        var transport = http.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport;
        await loop.RunAsync(transport, http.Request.Headers.Origin is [{ } origin] ? origin : null, http.Abort);
    }

    private static Problem? Refusal(HttpRequest request, out string key)
    {
        key = "";
        var headers = request.Headers;
        if (request.HttpContext.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
            || !headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase)) return Wrong("This route is an upgrade to WebSocket.");
        if (headers.SecWebSocketVersion != "13") return Wrong("Send Sec-WebSocket-Version: 13.") with { Header = ("Sec-WebSocket-Version", "13") };
        if (headers.SecWebSocketKey is not [{ Length: 24 } given] || !Convert.TryFromBase64String(given, new byte[18], out var size) || size != 16) return Wrong("Sec-WebSocket-Key is 16 bytes in base64.");
        if (!headers.SecWebSocketProtocol.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries)).Contains(SubProtocol)) return Wrong($"Offer the sub-protocol {SubProtocol}.");
        key = given;
        return null;

        static Problem Wrong(string detail) => new(ProblemCode.InvalidParameter, detail);
    }
}

/// <summary>Whether a node takes one more socket: not while it drains, not above its number, not too many a second, of all and of one tenant, not while too many wait for their turn.</summary>
internal sealed class SocketDoor(Sockets sockets, HelloLine line, ThisNode node, IHostApplicationLifetime life, RealtimeOptions options, RelayClock clock)
{
    private readonly TokenBucket accepts = new(options.AcceptsPerSecond, clock.GetUtcNow());
    private readonly ConcurrentDictionary<Guid, TokenBucket> ofTenants = new();

    /// <summary>How long to wait; null: come in.</summary>
    public TimeSpan? Ask()
    {
        if (node.Draining || life.ApplicationStopping.IsCancellationRequested) return TimeSpan.FromSeconds(1);
        if (sockets.Count >= options.MaxSockets) return TimeSpan.FromSeconds(5);
        return !line.IsFull && Takes(accepts, options.AcceptsPerSecond) ? null : TimeSpan.FromSeconds(1);
    }

    /// <summary>Whose it is, its hello says: one tenant's clients that all come back at once leave room for the others'.</summary>
    public bool LetsIn(Guid wall) => Takes(ofTenants.GetOrAdd(wall, _ => new(options.AcceptsOfTenantPerSecond, clock.GetUtcNow())), options.AcceptsOfTenantPerSecond);

    private bool Takes(TokenBucket from, int perSecond) => from.TryTake(perSecond, perSecond, clock.GetUtcNow()).Taken;
}
