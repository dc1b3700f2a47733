using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Notifications;

/// <summary>POST /v1/deliveries/replay: what failed in a time goes out again, as new deliveries.</summary>
internal static class ReplayDeliveries
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/deliveries/replay", Handle).WithName("deliveries.replay").WithSummary("Send failed deliveries again")
        .RequireScope(Scope.DeliveriesWrite).Idempotent()
        .Reads<Request>("""{"since":"2026-01-31T00:00:00Z","until":"2026-02-01T00:00:00Z","dry_run":true}""")
        .Answers<CountedView>(200, CountedView.SampledExample).Answers<CountedView>(202, CountedView.Example);

    internal sealed record Request : IRuled
    {
        public required DateTimeOffset Since { get; init; }
        public required DateTimeOffset Until { get; init; }
        public ChannelKind? Channel { get; init; }
        public ProviderId? Provider { get; init; }
        public EndpointId? Endpoint { get; init; }

        [Note("How their last attempt ended.")]
        public Outcome? Outcome { get; init; }

        [Note("Count only, and show ten of them.")]
        public bool DryRun { get; init; }

        public void Check(Faults faults)
        {
            if (Until <= Since) faults.Add("until", FaultCodes.NotAllowed, "Expected a time after since.");
        }
    }

    private static async Task<IResult> Handle(Body<Request> body, Caller caller, Keyed keyed, StartJob start, Databases databases, CancellationToken ct)
    {
        if (!body.TryRead(out var r)) return body.Problem;
        var selection = new ReplaySelection(r.Since, r.Until, r.Channel, r.Provider?.Value, r.Endpoint?.Value, r.Outcome);
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var count = await selection.CountAsync(connection, caller.Wall, ct);
        if (r.DryRun)
        {
            var sample = await selection.NextAsync(connection, caller.Wall, null, SampledView.Most, ct);
            return Answer.Ok(new CountedView { Count = count, Job = null, Sample = sample.ConvertAll(s => new SampledView { Delivery = new(s.Id), Tenant = caller.Tenant, Environment = caller.Environment }) });
        }
        return await start.AsTenantAsync(caller, keyed, QueueJobs.Replay, selection, count, ct);
    }
}
