using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Jobs;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.ApiKeys;

/// <summary>POST, GET and DELETE /v1/operator-keys: an admin makes and ends operators.</summary>
internal static class OperatorKeyEndpoints
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPost("/operator-keys", Create).WithName("operator_keys.create").WithSummary("Make an operator's key")
            .OperatorsOnly(OperatorRole.Admin).Idempotent()
            .Reads<Request>("""{"name":"grafana","role":"metrics"}""")
            .Answers<NewOperatorKeyView>(201, NewOperatorKeyView.Example);
        v1.MapGet("/operator-keys", List).WithName("operator_keys.list").WithSummary("List operators' keys")
            .OperatorsOnly(OperatorRole.Admin)
            .Takes(Pages.Parameters)
            .Answers<Page<OperatorKeyView>>(200, $$"""{"data":[{{OperatorKeyView.Example}}],"has_more":false,"next_cursor":null}""");
        v1.MapDelete("/operator-keys/{id}", Revoke).WithName("operator_keys.revoke").WithSummary("Revoke an operator's key")
            .OperatorsOnly(OperatorRole.Admin)
            .AnswersNothing().Refuses(ProblemCode.NotFound, ProblemCode.Conflict);
    }

    internal sealed record Request
    {
        [Text(1, 120)]
        public required string Name { get; init; }
        public required OperatorRole Role { get; init; }
        public DateTimeOffset? ExpiresAt { get; init; }
    }

    private static async Task<IResult> Create(
        Body<Request> body, OperatorCaller caller, Keyed keyed, CalmWrites writes, RelayClock clock, Chance chance, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (!body.TryRead((asked, faults) => { if (asked.ExpiresAt <= now) faults.Add("expires_at", FaultCodes.OutOfRange, "Expected a time in the future."); }, out var request))
            return body.Problem;

        var (key, text) = OperatorKey.Make(request.Name, request.Role, caller.Actor, request.ExpiresAt, now, chance);
        return await writes.ForEngineAsync(keyed, async db =>
        {
            db.Add(key);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "operator_key.created", caller.Actor, key.Id.ToString(), clock, new { key.Role }), ct);
            return Answer.Created($"/v1/operator-keys/{key.Id}", NewOperatorKeyView.Of(key, text)) with { ShowsSecret = true };
        }, ct);
    }

    private static async Task<IResult> List(Query query, Pages pages, RelayDbs dbs, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, Guid.Empty, "operator_keys");
        if (problem is not null) return problem;
        await using var db = dbs.ForEngine();
        var keys = await db.OperatorKeys().PageOf(page, k => k.Id).ToListAsync(ct);
        return Answer.Ok(pages.Of(page, keys, k => k.Id.Value, OperatorKeyView.Of));
    }

    private static async Task<IResult> Revoke(
        PathId<OperatorKeyId> id, OperatorCaller caller, CalmWrites writes, CallerCache callers, RelayClock clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var result = await writes.ForEngineAsync(Keyed.None, async db =>
        {
            // Locked together: two admins who revoke each other at once must not both succeed.
            var admins = await db.Set<OperatorKey>().FromSql($"select * from operator_keys where role = 'admin' and revoked_at is null order by id for update").AsTracking().ToListAsync(ct);
            if (await db.OperatorKeys().AsTracking().SingleOrDefaultAsync(k => k.Id == id.Id, ct) is not { } key) return Problem.NotFound;
            if (key.RevokedAt is not null) return Answer.NoContent;
            if (key.Role == OperatorRole.Admin && !admins.Exists(a => a.Id != key.Id && (a.ExpiresAt is null || a.ExpiresAt > now)))
                return Problem.Conflict("This is the last admin's key: nobody could make another.");
            key.RevokedAt = now;
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "operator_key.revoked", caller.Actor, key.Id.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);
        callers.Forget(id.Id.Value);
        return result;
    }
}
