using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.ApiKeys;

/// <summary>DELETE /v1/api-keys/{id}: refused at once here, and on every node within five seconds. The row stays, so that the refusal can say why.</summary>
internal static class RevokeApiKey
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapDelete("/api-keys/{id}", Handle).WithName("api_keys.revoke").WithSummary("Revoke an API key")
        .RequireScope(Scope.TenantAdmin)
        .Takes(KeyEnvironment.Parameter)
        .AnswersNothing()
        .Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(
        PathId<ApiKeyId> id, Caller caller, Query query, KeyEnvironment environments, CalmWrites writes, CallerCache callers, RelayClock clock, CancellationToken ct)
    {
        if (await environments.FindAsync(caller, query, ct) is not { } place) return KeyEnvironment.Refused;
        var result = await writes.ForTenantAsync(place.Wall, Keyed.None, async db =>
        {
            if (await db.ApiKeysOf(place.Wall).AsTracking().SingleOrDefaultAsync(k => k.Id == id.Id, ct) is not { } key) return Problem.NotFound;
            if (key.RevokedAt is not null) return Answer.NoContent;
            key.RevokedAt = clock.GetUtcNow();
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(place.Wall, "api_key.revoked", caller.Actor, key.Id.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);
        callers.Forget(id.Id.Value);
        return result;
    }
}
