using System.Net;
using ChatRelay.Outbound;
using ChatRelay.Settings;

namespace ChatRelay.Operations.Alerts;

/// <summary>Speaks to the addresses that the environment names, through the one guarded client. Whoever sets the environment may reach any address.</summary>
internal sealed class OutsideSink(OutboundHttp http, AlertOptions options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Null: taken. Otherwise why not, in words without the address.</summary>
    public Task<string?> TellAsync(AlertWord word, CancellationToken ct) => SendAsync(options.Url!, HttpMethod.Post, word.ToJson(), "application/json", ct);

    public Task<string?> BeatAsync(CancellationToken ct) => SendAsync(options.Heartbeat!, HttpMethod.Get, [], null, ct);

    private async Task<string?> SendAsync(SecretUrl to, HttpMethod method, byte[] body, string? type, CancellationToken ct)
    {
        var reply = await http.SendAsync(new OutboundRequest
        {
            Method = method,
            Url = to.Url,
            Use = OutboundUse.Http,
            Body = body,
            ContentType = type,
            Timeout = Patience,
            Allow = Anywhere(to.Url.Port),
        }, ct);
        return reply.Succeeded ? null : reply.Failure is { } failure ? Deliveries.Words.Of(failure.Outcome) : $"answered {reply.Status}";
    }

    private static OutboundAllow Anywhere(int port) => new(
    [
        new(IpRange.Parse($"{IPAddress.Any}/0", null), [port], OutboundUse.Http),
        new(IpRange.Parse($"{IPAddress.IPv6Any}/0", null), [port], OutboundUse.Http),
    ]);
}
