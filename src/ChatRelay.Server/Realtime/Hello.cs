using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using ChatRelay.Tenants;
using ChatRelay.UserTokens;

namespace ChatRelay.Realtime;

/// <summary>What a slice says to a newcomer: members of the answer, and what follows it.</summary>
internal sealed record Greeting(Action<Utf8JsonWriter> Write, Func<Task> Then);

/// <summary>A slice that greets newcomers: it finds its part of `resume` in the frame.</summary>
internal sealed record Greeter(Func<SocketCall, CancellationToken, Task<Greeting>> GreetAsync);

/// <summary>A slice that looks again at what a connection follows: its token is another one now.</summary>
internal sealed record Refollow(Func<SocketCall, CancellationToken, Task> LookAsync);

/// <summary>The first op: who it is, and from where it goes on. (1) the token; (2) the tenant, and whether a page of that origin may; (3) a place; (4) what the slices have for it.</summary>
internal sealed class Hello(
    TokenVerifier tokens, Revocations revocations, TenantCache tenants, Sockets sockets, IEnumerable<Greeter> greeters, RealtimeOptions options, ThisNode node, RelayClock clock)
{
    public const string Op = "hello";
    private const int Version = 1;

    internal sealed record Request : OpInput
    {
        public required int V { get; init; }

        [Text(1, TokenText.Longest)]
        public required string Token { get; init; }

        [ExternalId]
        public string? Device { get; init; }

        [Text(1, 128)]
        public string? Client { get; init; }
    }

    /// <summary>Null: it was closed. One code and text for every way in which a token may be bad.</summary>
    public async Task<OpAnswer?> TakeAsync(SocketConnection connection, JsonElement frame, CancellationToken ct)
    {
        if (frame.TryGetProperty("v", out var asked) && asked.ValueKind == JsonValueKind.Number && (!asked.TryGetInt32(out var version) || version != Version)) return Close(CloseCode.Version);
        if (frame.TryGetProperty("token", out var text) is false || text.ValueKind != JsonValueKind.String || text.GetString() is not { Length: <= TokenText.Longest } given) return Close(CloseCode.BadToken);

        // (1)
        if (await tokens.VerifyAsync(given, ct) is not { } who) return Close(CloseCode.BadToken);
        var faults = new Faults { PassUnknown = true };
        if (!Shape.Of<Request>().TryRead(frame, faults, out var request)) return OpAnswer.Of(Problem.Validation(faults));
        if (who.Token.Device is { } bound && request.Device is { } claimed && claimed != bound) return Close(CloseCode.BadToken);

        // (2)
        if (await tenants.FindAsync(who.Wall, ct) is not { Row.Status: not TenantStatus.Deleting } tenant) return Close(CloseCode.BadToken);
        if (tenant.Row.Status == TenantStatus.Suspended) return Close(CloseCode.Suspended);
        if (connection.Origin is { } origin && tenant.Row.AllowedOrigins is { Length: > 0 } allowed && !allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)) return Close(CloseCode.BadToken);

        // (3)
        var token = who.Token with { Device = who.Token.Device ?? request.Device };
        var caller = new Caller(who.Wall, token.Tenant, token.Environment, default, Scope.None, tenant.Limit) { User = token };
        if (!sockets.TryKnow(connection, who, caller)) return Close(CloseCode.OverCapacity);
        if (revocations.IsRevoked(who.Wall, who.Token)) return Close(CloseCode.Revoked); // since (1): the watch did not know this one yet

        // (4)
        var call = new SocketCall(connection, who, frame, caller);
        var greetings = new List<Greeting>();
        foreach (var greeter in greeters) greetings.Add(await greeter.GreetAsync(call, ct));
        return new OpAnswer.Ok(json => Write(json, connection, token, greetings))
        {
            Then = async () =>
            {
                foreach (var greeting in greetings) await greeting.Then();
            },
        };

        OpAnswer? Close(CloseCode code)
        {
            connection.Close(code);
            return null;
        }
    }

    private void Write(Utf8JsonWriter json, SocketConnection connection, UserToken token, List<Greeting> greetings)
    {
        json.WriteStartObject();
        json.WriteString("conn", connection.Id.ToString("n"));
        json.WriteString("user", token.User);
        json.WriteString("device", token.Device);
        json.WriteString("node", node.Name);
        json.WriteString("time", Rfc3339.Format(clock.GetUtcNow()));
        json.WriteString("exp", Rfc3339.Format(token.ExpiresAt));
        json.WriteNumber("ping_ms", (long)options.Ping.TotalMilliseconds);
        json.WriteNumber("pong_ms", (long)options.Pong.TotalMilliseconds);
        json.WriteStartObject("limits");
        json.WriteNumber("message_bytes", SocketLoop.MostBytes);
        json.WriteNumber("ops_per_s", options.OpsPerSecond);
        json.WriteNumber("ops_burst", options.OpsBurst);
        json.WriteEndObject();
        foreach (var greeting in greetings) greeting.Write(json);
        json.WriteEndObject();
    }
}
