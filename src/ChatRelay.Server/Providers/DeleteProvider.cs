using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Providers;

/// <summary>DELETE /v1/providers/{id}: what waits for it goes to another account, or waits until there is one.</summary>
internal static class DeleteProvider
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapDelete("/providers/{id}", Handle).WithName("providers.delete").WithSummary("Delete a provider account")
        .RequireScope(Scope.ProvidersWrite)
        .AnswersNothing()
        .Refuses(ProblemCode.NotFound, ProblemCode.Conflict);

    private static async Task<IResult> Handle(PathId<ProviderId> id, Caller caller, CalmWrites writes, ProviderAccounts accounts, RelayClock clock, CancellationToken ct)
    {
        var result = await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            if (await db.ProvidersOf(caller.Wall).AsTracking().SingleOrDefaultAsync(p => p.Id == id.Id, ct) is not { } provider) return Problem.NotFound;
            if (provider.IsBorn) return Problem.Conflict("The sandbox that an environment is born with stays; it can be disabled."); // it remembers that it was replaced
            db.Remove(provider);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "provider.deleted", caller.Actor, provider.Id.ToString(), clock, new { provider.Type, provider.Name }), ct);
            return Answer.NoContent;
        }, ct);
        accounts.Forget(caller.Wall);
        return result;
    }
}
