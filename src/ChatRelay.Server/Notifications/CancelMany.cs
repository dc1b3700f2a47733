using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Notifications;

/// <summary>POST /v1/notifications/cancel: by filter, with a count first.</summary>
internal static class CancelMany
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/notifications/cancel", Handle).WithName("notifications.cancel_many").WithSummary("Cancel notifications by filter")
        .RequireScope(Scope.NotificationsWrite).Idempotent()
        .Reads<Request>("""{"filter":{"category":"orders"},"dry_run":true}""")
        .Answers<CountedView>(200, CountedView.DryExample).Answers<CountedView>(202, CountedView.Example);

    internal sealed record Request
    {
        public required Filter Filter { get; init; }

        [Note("Count only.")]
        public bool DryRun { get; init; }
    }

    internal sealed record Filter : IRuled
    {
        public ChannelKind? Channel { get; init; }

        [Text(1, 254), Note("The user or the mail address.")]
        public string? To { get; init; }

        [ExternalId]
        public string? ExternalId { get; init; }

        [Text(1, 64)]
        public string? Category { get; init; }

        [Text(1, 64)]
        public string? Tag { get; init; }

        [Note("Those of one request to several people. Alone it also ends a group whose notifications are still being made.")]
        public GroupId? Group { get; init; }
        public DateTimeOffset? CreatedAfter { get; init; }
        public DateTimeOffset? CreatedBefore { get; init; }

        public void Check(Faults faults)
        {
            if (this == new Filter()) faults.Add(FaultCodes.Missing, "Expected at least one member: everything is cancelled with created_before.");
        }
    }

    private static async Task<IResult> Handle(Body<Request> body, Caller caller, Keyed keyed, StartJob start, Databases databases, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        var selection = new QueueSelection
        {
            Walls = [caller.Wall],
            Channel = request.Filter.Channel,
            To = request.Filter.To,
            ExternalId = request.Filter.ExternalId,
            Category = request.Filter.Category,
            Tag = request.Filter.Tag,
            Group = request.Filter.Group?.Value,
            Since = request.Filter.CreatedAfter,
            Until = request.Filter.CreatedBefore,
        };
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var count = await selection.CountAsync(connection, ct);
        if (request.DryRun) return Answer.Ok(new CountedView { Count = count, Job = null });
        var ends = request.Filter.Group is { } group && request.Filter == new Filter { Group = group } ? group : (GroupId?)null;
        return await start.AsTenantAsync(caller, keyed, QueueJobs.Cancel, selection, count, ct, db => EndAsync(db, caller.Wall, ends, ct));
    }

    // Waits for the batch that is being made: the job finds it.
    private static Task EndAsync(RelayDb db, Guid wall, GroupId? group, CancellationToken ct) => group is not { Value: var id } ? Task.CompletedTask : db.Database.ExecuteSqlAsync($"""
        update relay.notification_groups set status = 'canceled', request = null, waits_for = null, ended_at = relay.now()
        where tenant_id = {wall} and id = {id} and status = 'making'
        """, ct);
}
