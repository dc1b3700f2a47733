using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Storage;

namespace ChatRelay.ApiKeys;

/// <summary>POST /v1/api-keys. A key can make keys with no more than its own scopes.</summary>
internal static class CreateApiKey
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/api-keys", Handle).WithName("api_keys.create").WithSummary("Make an API key")
        .RequireScope(Scope.TenantAdmin).Idempotent()
        .Reads<Request>("""{"name":"shop backend","environment":"live","scopes":["notifications:write"]}""")
        .Answers<NewApiKeyView>(201, NewApiKeyView.Example);

    internal sealed record Request
    {
        [Text(1, 120)]
        public required string Name { get; init; }

        [Note("live or test; the caller's own environment by default. A test key makes test keys only.")]
        public TenantEnvironment? Environment { get; init; }

        [Items(1, 13), Unique, Text(1, 64), Note("What the key may do; all that the calling key may, by default.")]
        public IReadOnlyList<string>? Scopes { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }

        public void Check(Caller caller, DateTimeOffset now, Faults faults)
        {
            if (Environment == TenantEnvironment.Live && caller.Environment == TenantEnvironment.Test)
                faults.Add("environment", FaultCodes.NotAllowed, "A test key makes test keys only.");
            for (var i = 0; i < (Scopes?.Count ?? 0); i++)
            {
                using var item = faults.In("scopes", i);
                if (Http.Scopes.Parse([Scopes![i]]) is not { } scope) faults.Add(FaultCodes.UnknownValue, $"Expected one of {string.Join(", ", Http.Scopes.Names)}.");
                else if (!caller.Scopes.HasFlag(scope)) faults.Add(FaultCodes.NotAllowed, "The calling key does not have this scope itself.");
            }
            if (ExpiresAt <= now) faults.Add("expires_at", FaultCodes.OutOfRange, "Expected a time in the future.");
        }
    }

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, Keyed keyed, KeyEnvironment environments, CalmWrites writes, RelayClock clock, Chance chance, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (!body.TryRead((request, faults) => request.Check(caller, now, faults), out var request)) return body.Problem;

        var (wall, environment) = (await environments.FindAsync(caller, request.Environment, ct))!.Value;
        var scopes = request.Scopes is null ? caller.Scopes : Scopes.Parse(request.Scopes)!.Value;
        var (key, text) = ApiKey.Make(wall, environment, request.Name, scopes, caller.Actor, request.ExpiresAt, now, chance);

        // The engine's door: the key may belong behind the other wall, the kept answer behind the caller's.
        return await writes.ForEngineAsync(keyed, async db =>
        {
            db.Add(key);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(wall, "api_key.created", caller.Actor, key.Id.ToString(), clock, new { key.Scopes }), ct);
            return Answer.Created($"/v1/api-keys/{key.Id}", NewApiKeyView.Of(key, environment, text)) with { ShowsSecret = true };
        }, ct);
    }
}
