using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.Tenants;

namespace ChatRelay.Notifications;

/// <summary>POST /v1/notifications. Accepts once, queues in the same commit, answers 202.</summary>
internal static class SendNotification
{
    private const int MostParked = 64 * 1024 * 1024; // each person has a copy
    public const int MaxBytes = 15 * 1024 * 1024; // content, and ten megabytes of attachments as base64

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/notifications", Handle).WithName("notifications.send").WithSummary("Send a notification")
        .RequireScope(Scope.NotificationsWrite).Idempotent().HasRoomFirst()
        .Reads<NotificationInput>("""{"to":{"email":"ann@example.com"},"content":{"subject":"Hello","text":"It works."}}""", MaxBytes)
        .Answers<AcceptedView>(202, AcceptedView.Example)
        .Refuses(ProblemCode.NoProvider, ProblemCode.DestinationForbidden, ProblemCode.SenderNotAllowed, ProblemCode.BacklogFull);

    private static async Task<IResult> Handle(
        Body<NotificationInput> body, Caller caller, Keyed keyed, TenantCache tenants, ProviderAccounts accounts, WebhookEndpoints endpoints, OutboundPolicy outbound, Recipients recipients, RoomSends rooms, Acceptance acceptance, Commits commits, RelayClock clock)
    {
        // (1) read strictly, every fault with its pointer; (2) rules
        if (!body.TryRead((request, faults) => Times.Check(request, clock.GetUtcNow(), faults), out var request)) return body.Problem;
        if (await tenants.FindAsync(caller.Wall, CancellationToken.None) is not { } tenant) return Problem.NotFound;
        var planned = RoutePlan.For(request, tenant, await accounts.OfAsync(caller.Wall, CancellationToken.None), await EndpointsOfAsync(request, caller, endpoints), outbound);
        if (planned is not RoutePlan.Ready plan) return ((RoutePlan.Refused)planned).Why;

        // (3) people: a room's are found behind the answer, one by one
        if (request.To.Room is not null) return await rooms.AcceptAsync(body.Text, request, tenant, keyed);
        var people = Recipients.Of(request, await recipients.AddressesAsync(caller.Wall, [request], CancellationToken.None));
        if (Recipients.Against(request, people[0]) is { } refused) return refused;

        // (4) tables, and rows: one notification, or one for each of several people
        if (!await acceptance.HasTablesAsync()) return Problem.Unavailable;
        GroupId? group = request.To.Users is null ? null : RelayId.New<GroupId>(clock.GetUtcNow());
        var parts = StoredParts.Of(request);
        if ((long)people.Count * (parts.Parked?.Length ?? 0) > MostParked)
            return Problem.Validation("/to/users", FaultCodes.TooLarge, $"Content of this size goes to at most {MostParked / parts.Parked!.Length} people in one request.");
        var all = people.Select(whom => acceptance.Accept(tenant, request, parts, plan, whom, group)).ToList();
        var answer = group is { } known
            ? Answer.Accepted($"/v1/notifications?group={known}", new AcceptedView { Id = null, Status = null, GroupId = known, Deliveries = [], Notifications = [.. all.Select(a => a.View)] })
            : Answer.Accepted($"/v1/notifications/{all[0].View.Id}", all[0].View);

        // (5) one shared commit
        return await CommitAsync(commits, keyed, answer, all, acceptance, group is { } of ? new GroupRow(tenant.Wall, of.Value, null, null, all.Count, tenant.Row.RetentionDays) : null);
    }

    // Nearly nobody names one: no look-up for the others.
    private static ValueTask<TenantEndpoints> EndpointsOfAsync(NotificationInput request, Caller caller, WebhookEndpoints endpoints) =>
        request.To.Webhook?.Endpoint is null ? new(TenantEndpoints.None) : endpoints.OfAsync(caller.Wall, CancellationToken.None);

    /// <summary>Large content first, in a transaction of its own. Not given up when the client goes: what is committed has to be sent.</summary>
    public static async Task<IResult> CommitAsync(Commits commits, Keyed keyed, Answer answer, List<Accepted> all, Acceptance acceptance, GroupRow? group = null)
    {
        IResult result;
        try
        {
            if (all.Exists(a => a.Parked is not null))
            {
                var refusal = await commits.StandingAsync(keyed, CancellationToken.None) ?? (await acceptance.ParkAsync(all) ? null : Problem.Unavailable);
                if (refusal is not null)
                {
                    all.ForEach(acceptance.Dropped);
                    return refusal;
                }
            }
            result = await commits.AnswerAsync(keyed, answer, unit =>
            {
                all.ForEach(a => a.Fill(unit));
                if (group is not null) unit.Add(GroupRow.Rows, group);
            }, CancellationToken.None);
        }
        catch
        {
            all.ForEach(acceptance.Dropped);
            throw;
        }
        all.ForEach(ReferenceEquals(result, answer) ? acceptance.Committed : acceptance.Dropped);
        return result;
    }
}

/// <summary>Rules that need the time.</summary>
internal static class Times
{
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(90);

    public static void Check(NotificationInput request, DateTimeOffset now, Faults faults)
    {
        if (request.SendAt > now + Furthest) faults.Add("send_at", FaultCodes.OutOfRange, "At most 90 days ahead.");
        if (request.ExpiresAt <= now) faults.Add("expires_at", FaultCodes.OutOfRange, "Expected a time in the future.");
    }
}

internal static class BacklogWords
{
    /// <summary>Asked before the body is read: whether there is room for more.</summary>
    public static RouteHandlerBuilder HasRoomFirst(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(
        new BeforeBody(http => http.RequestServices.GetRequiredService<Backlog>().RefusalAsync(http)));
}
