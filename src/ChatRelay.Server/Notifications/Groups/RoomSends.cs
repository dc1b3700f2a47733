using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Tenants;

namespace ChatRelay.Notifications;

/// <summary>A send to a room: its group and what everybody gets are committed, and the notifications are made from there.</summary>
internal sealed class RoomSends(IAudience audience, Commits commits, GroupExpansion expansion, RelayClock clock)
{
    public async Task<IResult> AcceptAsync(string text, NotificationInput request, TenantFacts tenant, Keyed keyed)
    {
        if (await audience.FindAsync(tenant.Wall, request.To.Room!, CancellationToken.None) is not { } room) return Problem.Validation("/to/room", FaultCodes.NotFound, "There is no such room.");
        // Each member's notification holds what is said.
        if (StoredParts.Of(request).Parked is not null) return Problem.Validation("/content", FaultCodes.TooLarge, $"To a room, content and route are at most {ContentRow.RidesAlong / 1024} KB together.");

        var group = RelayId.New<GroupId>(clock.GetUtcNow());
        var answer = Answer.Accepted($"/v1/notification-groups/{group}", new AcceptedView { Id = null, Status = null, GroupId = group, Deliveries = [] });
        var row = new GroupRow(tenant.Wall, group.Value, room, text, 0, tenant.Row.RetentionDays);
        var result = await commits.AnswerAsync(keyed, answer, unit => unit.Add(GroupRow.Rows, row), CancellationToken.None);
        expansion.Wake();
        return result;
    }
}
