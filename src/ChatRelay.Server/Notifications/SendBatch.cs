using System.Text.Json;
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

/// <summary>POST /v1/notifications/batch: up to 500 in one request and one commit, each answered in its place.</summary>
internal static class SendBatch
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/notifications/batch", Handle).WithName("notifications.send_batch").WithSummary("Send up to 500 notifications")
        .RequireScope(Scope.NotificationsWrite).Idempotent().HasRoomFirst()
        .Reads<Request>("""{"notifications":[{"to":{"email":"ann@example.com"},"content":{"subject":"Hello","text":"It works."}}]}""", 10 * 1024 * 1024)
        .Answers<View>(202, View.Example)
        .Refuses(ProblemCode.NoProvider, ProblemCode.DestinationForbidden, ProblemCode.SenderNotAllowed, ProblemCode.BacklogFull);

    /// <summary>What one wrong notification means for the others.</summary>
    internal enum Mode { Independent, AllOrNothing }

    internal sealed record Request
    {
        [Items(1, 500), Note("Each as the body of POST /v1/notifications, to one recipient.")]
        public required IReadOnlyList<RawJson> Notifications { get; init; }

        [Note("independent: the good ones are accepted. all_or_nothing: one wrong one refuses them all.")]
        public Mode Mode { get; init; }
    }

    internal sealed record View
    {
        public required IReadOnlyList<Item> Data { get; init; }

        public const string Example = """
            {"data":[{"index":0,"id":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","status":"queued","problem":null},
                     {"index":1,"id":null,"status":null,"problem":{"code":"validation_failed","detail":"One thing is wrong.","errors":[{"pointer":"/to","code":"missing","detail":"This member is required."}]}}]}
            """;
    }

    internal sealed record Item(int Index, NotificationId? Id, NotificationStatus? Status, ItemProblem? Problem);

    internal sealed record ItemProblem(string Code, string Detail, IReadOnlyList<ItemFault> Errors);

    internal sealed record ItemFault(string Pointer, string Code, string Detail);

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, Keyed keyed, TenantCache tenants, ProviderAccounts providers, WebhookEndpoints hooks, OutboundPolicy outbound, Recipients recipients, Acceptance acceptance, Commits commits, RelayClock clock)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await tenants.FindAsync(caller.Wall, CancellationToken.None) is not { } tenant) return Problem.NotFound;

        // (1) each by itself: its form, its rules, its targets
        var accounts = await providers.OfAsync(caller.Wall, CancellationToken.None);
        var endpoints = await hooks.OfAsync(caller.Wall, CancellationToken.None);
        var read = request.Notifications.Select(text => ReadOne(text, tenant, accounts, endpoints, outbound, clock.GetUtcNow())).ToList();
        var known = await recipients.AddressesAsync(caller.Wall, read.Where(r => r.Problem is null).Select(r => r.Request!), CancellationToken.None);
        read = read.ConvertAll(r => r.Problem is null && Recipients.Against(r.Request!, Recipients.Of(r.Request!, known)[0]) is { } refused ? (null, null, refused) : r);
        if (request.Mode is Mode.AllOrNothing && read.Exists(r => r.Problem is not null)) return AllFaults(read);

        // (2) tables, and rows for the good ones, an answer for all, one commit
        if (!await acceptance.HasTablesAsync()) return Problem.Unavailable;
        var accepted = read.ConvertAll(r => r.Problem is null ? acceptance.Accept(tenant, r.Request!, StoredParts.Of(r.Request!), r.Plan!, Recipients.Of(r.Request!, known)[0], null) : null);
        var view = new View { Data = [.. read.Select((r, i) => new Item(i, accepted[i]?.View.Id, accepted[i]?.View.Status, Of(r.Problem)))] };
        var all = accepted.OfType<Accepted>().ToList();
        return await SendNotification.CommitAsync(commits, keyed, Answer.Accepted("/v1/notifications", view), all, acceptance);
    }

    private static (NotificationInput? Request, RoutePlan.Ready? Plan, Problem? Problem) ReadOne(
        RawJson text, TenantFacts tenant, TenantAccounts accounts, TenantEndpoints endpoints, OutboundPolicy outbound, DateTimeOffset now)
    {
        using var document = JsonDocument.Parse(text.Text);
        var faults = new Faults();
        if (!Shape.Of<NotificationInput>().TryRead(document.RootElement, faults, out var request)) return (null, null, Problem.Validation(faults));
        Times.Check(request, now, faults);
        if (request.To.Users is not null || request.To.Room is not null) faults.Add("to", FaultCodes.NotAllowed, "A batch has one recipient for each notification.");
        if (faults.Any) return (null, null, Problem.Validation(faults));
        var planned = RoutePlan.For(request, tenant, accounts, endpoints, outbound);
        return planned is RoutePlan.Ready plan ? (request, plan, null) : (null, null, ((RoutePlan.Refused)planned).Why);
    }

    private static Problem AllFaults(List<(NotificationInput? Request, RoutePlan.Ready? Plan, Problem? Problem)> read)
    {
        var faults = read.SelectMany((r, i) => (r.Problem?.Faults ?? []).Select(f => f with { Pointer = $"/notifications/{i}{f.Pointer}" })).Take(Faults.Most).ToList();
        var first = read.First(r => r.Problem is not null).Problem!;
        return read.Where(r => r.Problem is not null).All(r => r.Problem!.Code == first.Code) ? first with { Faults = faults } : Problem.Validation(faults);
    }

    private static ItemProblem? Of(Problem? problem) => problem is null ? null
        : new(problem.Code.Code, problem.Detail, [.. problem.Faults.Select(f => new ItemFault(f.Pointer, f.Code, f.Detail))]);
}
