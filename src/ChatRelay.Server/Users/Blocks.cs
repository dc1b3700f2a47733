using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Users;

/// <summary>PUT and DELETE /v1/users/{user}/blocks/{other}: no direct messages, no signals and no presence between the two, both ways.</summary>
internal static class Blocks
{
    private const int Most = 1_000;

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPut("/users/{user}/blocks/{other}", PutAsync).WithName("users.block").WithSummary("Block another user")
            .RequireScopeOrUser(Scope.UsersWrite).AnswersNothing().Refuses(ProblemCode.Forbidden, ProblemCode.Conflict);
        v1.MapDelete("/users/{user}/blocks/{other}", DeleteAsync).WithName("users.unblock").WithSummary("Unblock another user")
            .RequireScopeOrUser(Scope.UsersWrite).AnswersNothing().Refuses(ProblemCode.Forbidden, ProblemCode.NotFound);
        v1.MapGet("/users/{user}/blocks", ReadAsync).WithName("users.blocks").WithSummary("Whom a user blocks")
            .RequireScopeOrUser(Scope.UsersWrite).Answers<View>(200, """{"blocked":["u_13"]}""").Refuses(ProblemCode.Forbidden);
    }

    internal sealed record View
    {
        public required IReadOnlyList<string> Blocked { get; init; }
    }

    private static async Task<IResult> PutAsync(PathUser user, PathUser other, Caller caller, CalmWrites writes, RelayClock clock, CancellationToken ct)
    {
        if (caller.NotSpeakingFor(user.Id) is { } refused) return refused;
        if (user.Id == other.Id) return Problem.Conflict("Nobody blocks themselves.");
        return await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            if (await db.BlocksOf(caller.Wall, user.Id).CountAsync(ct) >= Most) return Problem.Conflict($"A user blocks at most {Most} others.");
            await db.Database.ExecuteSqlAsync(
                $"insert into relay.user_blocks (tenant_id, user_id, blocked, created_at) values ({caller.Wall}, {user.Id}, {other.Id}, {clock.GetUtcNow()}) on conflict do nothing", ct);
            return Answer.NoContent;
        }, ct);
    }

    private static async Task<IResult> DeleteAsync(PathUser user, PathUser other, Caller caller, CalmWrites writes, CancellationToken ct) =>
        caller.NotSpeakingFor(user.Id) is { } refused ? refused
            : await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
                await db.BlocksOf(caller.Wall, user.Id).Where(b => b.Blocked == other.Id).ExecuteDeleteAsync(ct) > 0 ? Answer.NoContent : Problem.NotFound, ct);

    private static async Task<IResult> ReadAsync(PathUser user, Caller caller, RelayDbs dbs, CancellationToken ct)
    {
        if (caller.NotSpeakingFor(user.Id) is { } refused) return refused;
        await using var db = dbs.ForTenant(caller.Wall);
        return Answer.Ok(new View { Blocked = await db.BlocksOf(caller.Wall, user.Id).OrderBy(b => b.Blocked).Select(b => b.Blocked).ToListAsync(ct) });
    }
}
