using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Messages;

/// <summary>PUT and DELETE /v1/rooms/{room}/pins/{message}, and GET …/pins: what somebody holds up for all in a room.</summary>
internal static class Pins
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPut("/rooms/{room}/pins/{message}", PinAsync).WithName("pins.put").WithSummary("Pin a message")
            .RequireScopeOrUser(Scope.RoomsWrite).Answers<SentView>(200, SentView.Example)
            .Refuses(ProblemCode.NotFound, ProblemCode.Forbidden, ProblemCode.Conflict);
        v1.MapDelete("/rooms/{room}/pins/{message}", UnpinAsync).WithName("pins.remove").WithSummary("Unpin a message")
            .RequireScopeOrUser(Scope.RoomsWrite).AnswersNothing()
            .Refuses(ProblemCode.NotFound, ProblemCode.Forbidden);
        v1.MapGet("/rooms/{room}/pins", ListAsync).WithName("pins.list").WithSummary("The pinned messages of a room, the last pinned first")
            .RequireScopeOrUser(Scope.RoomsRead)
            .Answers<View>(200, $$"""{"data":[{"message":{{EntryView.Example}},"pinned_by":"u_42","seq":20,"pinned_at":"2026-01-31T12:00:00.000Z"}]}""")
            .Refuses(ProblemCode.NotFound);
    }

    internal sealed record View(IReadOnlyList<PinView> Data);

    internal sealed record PinView
    {
        public required EntryView Message { get; init; }

        [Note("Null where the tenant did.")]
        public required string? PinnedBy { get; init; }
        public required long Seq { get; init; }
        public required DateTimeOffset PinnedAt { get; init; }
    }

    private static Task<IResult> PinAsync(PathRoom room, PathId<MessageId> message, Caller caller, Publisher publisher, RelayClock clock, CancellationToken ct) =>
        publisher.PublishAsync(caller, Keyed.None, room, RoomRights.Send, (id, granted) => MarkEntries.Pin(caller, EntryKind.Pin, message.Id, id, granted, clock),
            (_, numbered) => Answer.Ok(SentView.Of(numbered)), ct);

    private static Task<IResult> UnpinAsync(PathRoom room, PathId<MessageId> message, Caller caller, Publisher publisher, RelayClock clock, CancellationToken ct) =>
        publisher.PublishAsync(caller, Keyed.None, room, RoomRights.Send, (id, granted) => MarkEntries.Pin(caller, EntryKind.Unpin, message.Id, id, granted, clock), (_, _) => Answer.NoContent, ct);

    private static async Task<IResult> ListAsync(PathRoom room, Caller caller, RoomLookup lookup, MarkReads marks, CancellationToken ct)
    {
        if (await lookup.FindAsync(caller, room, ct) is not { } seen || seen.SeenAfter(caller.User) is not { } seenAfter) return Problem.NotFound;
        var pins = await marks.PinsAsync(seen, seenAfter, ct);
        var messages = await marks.ViewsAsync(seen.Tenant, caller.User?.User, pins.ConvertAll(p => p.Message), ct);
        return Answer.Ok(new View([.. pins.Select((pin, at) => new PinView { Message = messages[at], PinnedBy = pin.By, Seq = pin.Seq, PinnedAt = pin.At })]));
    }
}
