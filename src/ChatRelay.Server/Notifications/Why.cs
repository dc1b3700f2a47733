using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Notifications;

/// <summary>GET /v1/deliveries/{id}/why: what it waits for, and until when.</summary>
internal static class Why
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/deliveries/{id}/why", Handle).WithName("deliveries.why").WithSummary("Ask what a delivery waits for")
        .RequireScope(Scope.DeliveriesRead).Answers<View>(200, View.Example).Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(
        PathId<DeliveryId> id, Caller caller, Reads reads, WorkBoard board, ProviderAccounts accounts, ProviderStates states, PauseNews pauses, ThisNode node, CancellationToken ct)
    {
        if (await reads.DeliveryAsync(caller.Wall, id.Id.Value, ct) is not { } row) return Problem.NotFound;
        var paused = await PausedAsync(row, pauses, node, ct);
        var (why, until) = Of(row, board, paused is not null);
        if (row is { Channel: ChannelKind.Email, Queued: not null } && why is WaitsFor.FairShare or WaitsFor.Rate or WaitsFor.Provider)
            (why, until) = await OfAccountAsync(row, await accounts.OfAsync(caller.Wall, ct), states, ct) ?? (why is WaitsFor.Provider ? WaitsFor.FairShare : why, until);
        return Answer.Ok(new View { Id = id.Id, Status = row.Status, WaitsFor = why, Until = until, Detail = why is WaitsFor.Pause ? paused! : Say(why, row) });
    }

    /// <summary>What rests that it belongs to: the relay, its channel, or its tenant.</summary>
    private static async Task<string?> PausedAsync(DeliveryFacts row, PauseNews pauses, ThisNode node, CancellationToken ct)
    {
        if (row.Queued is null) return null;
        if (node.Paused) return "The relay is paused: nothing is sent until an operator lets go.";
        var set = await pauses.ReadAsync(ct);
        if (set.Channels.Contains(row.Channel)) return "Its channel is paused for every tenant, until an operator lets it go.";
        return set.Walls.Contains(row.Tenant) ? "An operator has paused all that this tenant sends." : null;
    }

    private static (WaitsFor Why, DateTimeOffset? Until) Of(DeliveryFacts row, WorkBoard board, bool paused) => row switch
    {
        { Stored: DeliveryStatus.Waiting } => (WaitsFor.EarlierStep, null),
        { Queued: null } or { Queued.Claimed: true } => (WaitsFor.Nothing, null),
        { Queued.Held: true } => (WaitsFor.Hold, null),
        _ when paused => (WaitsFor.Pause, null),
        { Queued: { Parked: true, Ordered: true } } => (WaitsFor.Order, null),
        { Channel: ChannelKind.Websocket, Queued: { } waiting } => row.BegunAt > row.Now ? (WaitsFor.Schedule, waiting.DueAt) : (WaitsFor.Recipient, waiting.DeadlineAt ?? waiting.ExpiresAt),
        { Queued: { Parked: true } parked } => (WaitsFor.Report, parked.DeadlineAt),
        { Queued: { } queued } when queued.DueAt > row.Now => (WaitsFor.Schedule, queued.DueAt),
        { Queued: { } queued } => board.Throttle(Lane.Of(queued.Band, TargetOf(row))) is { } throttle ? throttle : (WaitsFor.FairShare, null),
    };

    private static Target TargetOf(DeliveryFacts row) => new(new TenantId(row.Tenant), row.Target);

    /// <summary>What its account has to do with it: settings, which the board of this node need not know.</summary>
    private static async Task<(WaitsFor, DateTimeOffset?)?> OfAccountAsync(DeliveryFacts row, TenantAccounts accounts, ProviderStates states, CancellationToken ct)
    {
        if (AccountLimits.IdOf(TargetOf(row)) is { } id && accounts.Find(id) is { Status: ProviderStatus.Enabled } account)
            return account.DailyQuota is { } quota && (await states.OfAsync(row.Tenant, id, ct)).TakenToday >= quota ? (WaitsFor.Rate, Quotas.DayAfter(row.Now)) : null;
        return row.Pinned is not null || accounts.Usable(row.Providers, row.SenderDomain).All(other => row.Refused.Contains(other.Id.Value)) ? (WaitsFor.Provider, null) : null; // it is about to go to another
    }

    private static string Say(WaitsFor why, DeliveryFacts row) => why switch
    {
        WaitsFor.EarlierStep => "An earlier step of the route has not ended.",
        WaitsFor.Hold => row.Queued is { InDoubt: true } ? "It may have gone out, and waits for somebody to look: retry lets it go." : "An operator holds it.",
        WaitsFor.Order => "An earlier event of its ordering key has not ended.",
        WaitsFor.Recipient => "It is in the user's inbox; the route waits for a device, or for the user.",
        WaitsFor.Report => "It was accepted; the route waits to hear that it was delivered.",
        WaitsFor.Schedule => row.Attempts == 0 ? "Its time has not come." : "The last attempt failed; the next one is scheduled.",
        WaitsFor.Breaker => "The target failed too often in a row: it is probed before it gets more.",
        WaitsFor.Rate => "The target's rate, its quota for the day, or its budget for retries is used up, or it asked for a pause.",
        WaitsFor.Provider => "No provider account can send it: it goes out when there is one that may.",
        WaitsFor.FairShare => "It is due and waits for its turn.",
        _ => row.Status is DeliveryStatus.Sending ? "An attempt is under way." : "It has ended.",
    };

    internal sealed record View
    {
        public required DeliveryId Id { get; init; }
        public required DeliveryStatus Status { get; init; }
        public required WaitsFor WaitsFor { get; init; }
        public required DateTimeOffset? Until { get; init; }
        public required string Detail { get; init; }

        public const string Example = """
            {"id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg","status":"retrying","waits_for":"schedule","until":"2026-01-31T12:05:00.000Z","detail":"The last attempt failed; the next one is scheduled."}
            """;
    }
}
