using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Jobs;

/// <summary>POST /v1/ops/nodes/{node}/drain: it takes no new work, and says so to whoever sends it traffic, until it is started again.</summary>
internal static class DrainNode
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/ops/nodes/{node}/drain", Handle).WithName("ops.nodes.drain").WithSummary("Take a node out of service")
        .OperatorsOnly(OperatorRole.Operator).Idempotent().AnswersNothing().Refuses(ProblemCode.NotFound);

    private static Task<IResult> Handle(string node, OperatorCaller caller, Keyed keyed, CalmWrites writes, RelayClock clock, CancellationToken ct) =>
        writes.ForEngineAsync(keyed, async db =>
        {
            if (await db.Database.ExecuteSqlAsync($"update nodes set draining = true where node = {node} and ended_at is null", ct) == 0) return Problem.NotFound;
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "node.drained", caller.Actor, node, clock), ct);
            return Answer.NoContent;
        }, ct);
}
