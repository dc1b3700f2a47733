using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants.SigningKeys;

/// <summary>DELETE /v1/signing-keys/{id}: tokens that it signed are no longer accepted.</summary>
internal static class DeleteSigningKey
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapDelete("/signing-keys/{id}", Handle).WithName("signing_keys.delete").WithSummary("Delete a signing key")
        .RequireScope(Scope.TenantAdmin)
        .AnswersNothing()
        .Refuses(ProblemCode.NotFound);

    private static Task<IResult> Handle(PathId<SigningKeyId> id, Caller caller, CalmWrites writes, RelayClock clock, CancellationToken ct) =>
        writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            if (await db.SigningKeysOf(caller.Wall).AsTracking().SingleOrDefaultAsync(k => k.Id == id.Id, ct) is not { } key) return Problem.NotFound;
            db.Remove(key);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "signing_key.deleted", caller.Actor, key.Id.ToString(), clock, new { key.Kid }), ct);
            return Answer.NoContent;
        }, ct);
}
