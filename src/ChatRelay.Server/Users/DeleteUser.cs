using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Users;

/// <summary>What else a deleted user leaves, as slices below declare it: how much it was.</summary>
internal sealed record UserLeaves(Func<RelayDb, Caller, string, CancellationToken, Task<int>> LeaveAsync);

/// <summary>DELETE /v1/users/{user}: the record, preferences, blocks and memberships. What the user wrote and received stays; an erasure takes that.</summary>
internal static class DeleteUser
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapDelete("/users/{user}", Handle).WithName("users.delete").WithSummary("Forget what is known of a user")
        .RequireScope(Scope.UsersWrite)
        .AnswersNothing()
        .Refuses(ProblemCode.NotFound);

    private static Task<IResult> Handle(PathUser user, Caller caller, CalmWrites writes, IEnumerable<UserLeaves> leaves, RelayClock clock, CancellationToken ct) =>
        writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            var gone = 0;
            foreach (var leave in leaves) gone += await leave.LeaveAsync(db, caller, user.Id, ct); // first: rooms' heads are locked before anything else
            gone += await db.UsersOf(caller.Wall).Where(u => u.Id == user.Id).ExecuteDeleteAsync(ct);
            gone += await db.BlocksOf(caller.Wall, user.Id).ExecuteDeleteAsync(ct);
            gone += await db.PreferencesOf(caller.Wall, user.Id).ExecuteDeleteAsync(ct);
            if (gone == 0) return Problem.NotFound;
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "user.deleted", caller.Actor, user.Id, clock), ct);
            return Answer.NoContent;
        }, ct);
}
