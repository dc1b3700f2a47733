using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.ApiKeys;

/// <summary>POST /v1/api-keys/{id}/roll: a new key like this one; the old one ends after the overlap.</summary>
internal static class RollApiKey
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/api-keys/{id}/roll", Handle).WithName("api_keys.roll").WithSummary("Replace an API key, with an overlap")
        .RequireScope(Scope.TenantAdmin).Idempotent()
        .Takes(KeyEnvironment.Parameter)
        .Reads<Request>("""{"overlap_s":86400}""")
        .Answers<NewApiKeyView>(201, NewApiKeyView.Example)
        .Refuses(ProblemCode.NotFound, ProblemCode.Conflict);

    internal sealed record Request
    {
        [Between(0, 2_592_000), Note("How long the old key still works, in seconds; a day by default.")]
        public int OverlapS { get; init; } = 86_400;
    }

    private static async Task<IResult> Handle(
        PathId<ApiKeyId> id, Body<Request> body, Caller caller, Query query, Keyed keyed, KeyEnvironment environments,
        CalmWrites writes, CallerCache callers, RelayClock clock, Chance chance, CancellationToken ct)
    {
        if (await environments.FindAsync(caller, query, ct) is not { } place) return KeyEnvironment.Refused;
        if (!body.TryRead(out var request)) return body.Problem;

        var now = clock.GetUtcNow();
        var result = await writes.ForEngineAsync(keyed, async db =>
        {
            if (await db.ApiKeysOf(place.Wall).AsTracking().SingleOrDefaultAsync(k => k.Id == id.Id, ct) is not { } old) return Problem.NotFound;
            if (old.RevokedAt is not null || old.ExpiresAt <= now) return Problem.Conflict("This key has ended; make a new one.");
            var scopes = Scopes.Parse(old.Scopes)!.Value;
            if (!caller.Scopes.HasFlag(scopes)) return new Problem(ProblemCode.Forbidden, "The calling key does not have all scopes of this key.");

            // A key that would end on a day keeps that day; the old one never gets longer.
            var (key, text) = ApiKey.Make(place.Wall, place.Environment, old.Name, scopes, caller.Actor, old.ExpiresAt, now, chance);
            var end = now.AddSeconds(request.OverlapS);
            if (old.ExpiresAt is null || end < old.ExpiresAt) old.ExpiresAt = end;
            db.Add(key);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(place.Wall, "api_key.rolled", caller.Actor, key.Id.ToString(), clock, new { Replaces = old.Id, old.ExpiresAt }), ct);
            return Answer.Created($"/v1/api-keys/{key.Id}", NewApiKeyView.Of(key, place.Environment, text)) with { ShowsSecret = true };
        }, ct);
        callers.Forget(id.Id.Value);
        return result;
    }
}
