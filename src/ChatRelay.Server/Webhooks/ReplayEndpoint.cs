using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Webhooks;

/// <summary>POST …/replay and …/cancel-pending: how many first, then a job.</summary>
internal static class ReplayEndpoint
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPost("/webhook-endpoints/{endpoint}/replay", Replay).WithName("webhook_endpoints.replay").WithSummary("Send an endpoint's events of a time again")
            .RequireScope(Scope.WebhooksWrite).Idempotent()
            .Reads<Request>("""{"since":"2026-01-31T00:00:00Z","until":"2026-02-01T00:00:00Z","event_types":["invoice.*"],"dry_run":true}""")
            .Answers<CountedView>(200, CountedView.DryExample).Answers<CountedView>(202, CountedView.Example)
            .Refuses(ProblemCode.NotFound, ProblemCode.Conflict);
        v1.MapPost("/webhook-endpoints/{endpoint}/cancel-pending", Cancel).WithName("webhook_endpoints.cancel_pending").WithSummary("Cancel what waits for an endpoint")
            .RequireScope(Scope.WebhooksWrite).Idempotent()
            .Reads<CancelRequest>("""{"dry_run":true}""")
            .Answers<CountedView>(200, CountedView.DryExample).Answers<CountedView>(202, CountedView.Example)
            .Refuses(ProblemCode.NotFound);
    }

    internal sealed record Request : IRuled
    {
        [Note("Happened at or after this time.")]
        public required DateTimeOffset Since { get; init; }

        [Note("Happened before this time.")]
        public required DateTimeOffset Until { get; init; }

        [Items(1, 100), Unique]
        public IReadOnlyList<TypePattern>? EventTypes { get; init; }

        [Note("How their last attempt ended; ok for those that were taken. Without it everything that did not get through: failed, canceled, expired, or left out while the endpoint was paused or disabled.")]
        public Outcome? Outcome { get; init; }

        [Note("Count only.")]
        public bool DryRun { get; init; }

        public void Check(Faults faults)
        {
            if (Until <= Since) faults.Add("until", FaultCodes.NotAllowed, "Expected a time after since.");
        }
    }

    internal sealed record CancelRequest
    {
        [Note("Count only.")]
        public bool DryRun { get; init; }
    }

    private static async Task<IResult> Replay(
        EndpointPath endpoint, Body<Request> body, Caller caller, Keyed keyed, RelayDbs dbs, StartJob start, Databases databases, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var r)) return body.Problem;
        await using var db = dbs.ForTenant(caller.Wall);
        if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
        if (!r.DryRun && found.Status is not EndpointStatus.Enabled) return Problem.Conflict("This endpoint is paused or disabled: enable it first.");
        var now = clock.GetUtcNow();
        var selection = new EndpointReplaySelection(found.Id, r.Since, r.Until, r.EventTypes, r.Outcome);
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var count = await selection.CountAsync(connection, caller.Wall, now, ct);
        return r.DryRun ? Answer.Ok(new CountedView { Count = count, Job = null }) : await start.AsTenantAsync(caller, keyed, EndpointReplay.Name, selection, count, ct);
    }

    private static async Task<IResult> Cancel(
        EndpointPath endpoint, Body<CancelRequest> body, Caller caller, Keyed keyed, RelayDbs dbs, StartJob start, Databases databases, CancellationToken ct)
    {
        if (!body.TryRead(out var r)) return body.Problem;
        await using var db = dbs.ForTenant(caller.Wall);
        if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
        var selection = new QueueSelection { Walls = [caller.Wall], Endpoint = found.Id.Value };
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var count = await selection.CountAsync(connection, ct);
        return r.DryRun ? Answer.Ok(new CountedView { Count = count, Job = null }) : await start.AsTenantAsync(caller, keyed, QueueJobs.Cancel, selection, count, ct);
    }
}
