using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Jobs;

/// <summary>POST /v1/ops/upkeep/{task}/run: due now. The node that looks next runs it.</summary>
internal static class RunUpkeep
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/ops/upkeep/{task}/run", Handle).WithName("ops.upkeep.run").WithSummary("Run a recurring task now")
        .OperatorsOnly(OperatorRole.Operator).Idempotent().AnswersNothing().Refuses(ProblemCode.NotFound);

    private static Task<IResult> Handle(string task, OperatorCaller caller, Keyed keyed, CalmWrites writes, RelayClock clock, CancellationToken ct) =>
        writes.ForEngineAsync(keyed, async db =>
        {
            if (await db.Database.ExecuteSqlAsync($"update upkeep set due_at = relay.now() where name = {task}", ct) == 0) return Problem.NotFound;
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "upkeep.asked", caller.Actor, task, clock), ct);
            return Answer.NoContent;
        }, ct);
}
