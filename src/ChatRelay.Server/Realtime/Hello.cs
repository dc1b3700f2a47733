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
internal sealed record Greeting(Action<Utf8JsonWriter> Write, Func<Task> Then)
{
    /// <summary>The answer itself has what the newcomer did not know: who polls is not kept waiting for more.</summary>
    public bool HasNews { get; init; }
}

/// <summary>A slice that greets newcomers: it finds its part of `resume` in the frame, and asks for what it needs to know on the trip that all of them share.</summary>
internal sealed record Greeter(Func<SocketCall, TenantTrip, CancellationToken, Task<Greeting>> GreetAsync);

/// <summary>A slice that looks again at what a connection follows: its token is another one now.</summary>
internal sealed record Refollow(Func<SocketCall, CancellationToken, Task> LookAsync);

/// <summary>What came of a hello.</summary>
internal abstract record HelloOutcome
{
    private HelloOutcome() { }

    public sealed record Welcome(OpAnswer.Ok Answer, bool HasNews) : HelloOutcome;

    /// <summary>Its form is wrong: it may say hello again.</summary>
    public sealed record Wrong(Problem Problem) : HelloOutcome;

    /// <summary>One code for every way in which a token may be bad.</summary>
    public sealed record Refused(CloseCode Code) : HelloOutcome;
}

/// <summary>What a hello has on every transport, beside `v` and `token`.</summary>
internal interface IHello
{
    string? Device { get; }
}

/// <summary>The first op: who it is, and from where it goes on. (1) the token; (2) the tenant, and whether a page of that origin may; (3) its turn; (4) a place; (5) what the slices have for it.</summary>
internal sealed class Hello(
    Databases databases, TokenVerifier tokens, Revocations revocations, TenantCache tenants, SocketDoor door, HelloLine line, Sockets sockets, IEnumerable<Greeter> greeters, RealtimeOptions options, ThisNode node, RelayClock clock)
{
    public const string Op = "hello";
    public const int Version = 1;

    internal sealed record Request : OpInput, IHello
    {
        public required int V { get; init; }

        [Text(1, TokenText.Longest)]
        public required string Token { get; init; }

        [ExternalId]
        public string? Device { get; init; }

        [Text(1, 128)]
        public string? Client { get; init; }
    }

    public async Task<HelloOutcome> TakeAsync<T>(SocketConnection connection, JsonElement frame, CancellationToken ct) where T : notnull, IHello
    {
        if (frame.TryGetProperty("v", out var asked) && asked.ValueKind == JsonValueKind.Number && (!asked.TryGetInt32(out var version) || version != Version)) return new HelloOutcome.Refused(CloseCode.Version);
        if (frame.TryGetProperty("token", out var text) is false || text.ValueKind != JsonValueKind.String || text.GetString() is not { Length: <= TokenText.Longest } given) return new HelloOutcome.Refused(CloseCode.BadToken);

        // (1)
        if (await tokens.VerifyAsync(given, ct) is not { } who) return new HelloOutcome.Refused(CloseCode.BadToken);
        var faults = new Faults { PassUnknown = true };
        if (!Shape.Of<T>().TryRead(frame, faults, out var request)) return new HelloOutcome.Wrong(Problem.Validation(faults));
        if (who.Token.Device is { } bound && request.Device is { } claimed && claimed != bound) return new HelloOutcome.Refused(CloseCode.BadToken);

        // (2)
        if (await tenants.FindAsync(who.Wall, ct) is not { Row.Status: not TenantStatus.Deleting } tenant) return new HelloOutcome.Refused(CloseCode.BadToken);
        if (tenant.Row.Status == TenantStatus.Suspended) return new HelloOutcome.Refused(CloseCode.Suspended);
        if (connection.Origin is { } origin && tenant.Row.AllowedOrigins is { Length: > 0 } allowed && !allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)) return new HelloOutcome.Refused(CloseCode.BadToken);

        // (3)
        if (!door.LetsIn(who.Wall)) return new HelloOutcome.Refused(CloseCode.OverCapacity);
        using var turn = await line.TakeAsync(who.Wall, ct);
        if (turn is null) return new HelloOutcome.Refused(CloseCode.OverCapacity);

        // (4)
        var token = who.Token with { Device = who.Token.Device ?? request.Device };
        var caller = new Caller(who.Wall, token.Tenant, token.Environment, default, Scope.None, tenant.Limit) { User = token };
        if (!sockets.TryKnow(connection, who, caller)) return new HelloOutcome.Refused(CloseCode.OverCapacity);
        if (revocations.IsRevoked(who.Wall, who.Token)) return new HelloOutcome.Refused(CloseCode.Revoked); // since (1): the watch did not know this one yet

        // (5)
        var call = new SocketCall(connection, who, frame, caller);
        var trip = new TenantTrip(databases, who.Wall);
        var asking = greeters.Select(greeter => greeter.GreetAsync(call, trip, ct)).ToList();
        await trip.GoAsync(ct);
        var greetings = await Task.WhenAll(asking);
        var answer = new OpAnswer.Ok(json => Write(json, connection, token, greetings))
        {
            Then = async () =>
            {
                foreach (var greeting in greetings) await greeting.Then();
            },
        };
        return new HelloOutcome.Welcome(answer, Array.Exists(greetings, g => g.HasNews));
    }

    private void Write(Utf8JsonWriter json, SocketConnection connection, UserToken token, Greeting[] greetings)
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
