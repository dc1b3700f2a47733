using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Jobs;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Operations;

/// <summary>GET /v1/ops/pause, POST /v1/ops/pause and /resume: the whole relay at rest, and what would be sent if it were let go.</summary>
internal static class PauseRelay
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/ops/pause", Read).WithName("ops.pause.get").WithSummary("See whether the relay rests, and what would be sent")
            .OperatorsOnly(OperatorRole.Viewer).Answers<PauseView>(200, PauseView.Example);
        v1.MapPost("/ops/pause", Pause).WithName("ops.pause").WithSummary("Send nothing until resumed")
            .OperatorsOnly(OperatorRole.Operator).Idempotent().Answers<PauseView>(200, PauseView.Example);
        v1.MapPost("/ops/resume", Resume).WithName("ops.resume").WithSummary("Let go what waits, after a pause or a restored backup")
            .OperatorsOnly(OperatorRole.Operator).Idempotent().Answers<PauseView>(200, PauseView.Example);
    }

    private static async Task<IResult> Read(PauseReads reads, CancellationToken ct) => Answer.Ok(await reads.NowAsync(ct));

    private static Task<IResult> Pause(OperatorCaller caller, Keyed keyed, CalmWrites writes, PauseReads reads, ThisNode node, WakeUps wake, RelayClock clock, CancellationToken ct) =>
        ChangeAsync(paused: true, caller, keyed, writes, reads, node, wake, clock, ct);

    private static Task<IResult> Resume(OperatorCaller caller, Keyed keyed, CalmWrites writes, PauseReads reads, ThisNode node, WakeUps wake, RelayClock clock, CancellationToken ct) =>
        ChangeAsync(paused: false, caller, keyed, writes, reads, node, wake, clock, ct);

    /// <summary>Here at once, on the other nodes with their next heartbeat. An attempt that is under way ends.</summary>
    private static async Task<IResult> ChangeAsync(
        bool paused, OperatorCaller caller, Keyed keyed, CalmWrites writes, PauseReads reads, ThisNode node, WakeUps wake, RelayClock clock, CancellationToken ct)
    {
        var waits = await reads.NowAsync(ct);
        var result = await writes.ForEngineAsync(keyed, async db =>
        {
            var changed = paused
                ? await db.Database.ExecuteSqlAsync($"update installation set paused_at = relay.now(), paused_by = {caller.Actor} where paused_at is null", ct)
                : await db.Database.ExecuteSqlAsync($"update installation set paused_at = null, paused_by = null, restored_as_of = null where paused_at is not null", ct);
            if (changed > 0)
                await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, paused ? "relay.paused" : "relay.resumed", caller.Actor, "relay", clock, new { waits.Deliveries }), ct);
            return Answer.Ok(paused == waits.Paused ? waits
                : paused ? waits with { Paused = true, Since = clock.GetUtcNow(), By = caller.Actor }
                : waits with { Paused = false, Since = null, By = null });
        }, ct);
        if (result is not Answer) return result;
        node.Paused = paused;
        if (!paused) wake.Now();
        return result;
    }
}
