using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Messages;

/// <summary>PATCH and DELETE of a message: entries of the log about it. A delete takes the content of every entry about the message.</summary>
internal static class EditMessage
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPatch("/rooms/{room}/messages/{message}", EditAsync).WithName("messages.edit").WithSummary("Edit a message")
            .RequireScopeOrUser(Scope.RoomsWrite).Reads<Request>("""{"body":{"text":"Hello, all"}}""", MessageInput.MaxRequest)
            .Answers<SentView>(200, SentView.Example)
            .Refuses(ProblemCode.NotFound, ProblemCode.Forbidden, ProblemCode.Blocked, ProblemCode.Conflict);
        v1.MapDelete("/rooms/{room}/messages/{message}", DeleteAsync).WithName("messages.delete").WithSummary("Delete a message")
            .RequireScopeOrUser(Scope.RoomsWrite).AnswersNothing()
            .Refuses(ProblemCode.NotFound, ProblemCode.Forbidden);
    }

    internal sealed record Request : IRuled
    {
        [MaxBytes(MessageInput.MostBytes)]
        public RawJson? Body { get; init; }
        public SealedInput? Encrypted { get; init; }

        public void Check(Faults faults)
        {
            if (Body is null == Encrypted is null) faults.Add(Body is null ? "body" : "encrypted", Body is null ? FaultCodes.Missing : FaultCodes.NotAllowed, "Either body or encrypted.");
        }
    }

    private static Task<IResult> EditAsync(
        PathRoom room, PathId<MessageId> message, Body<Request> body, Caller caller, Publisher publisher, RelayClock clock, CancellationToken ct) =>
        body.TryRead(out var request)
            ? publisher.PublishAsync(caller, Keyed.None, room, RoomRights.Send,
                (id, granted) => Of(caller, EntryKind.Edit, message.Id, id, granted, "message.edited", clock, request.Body?.Text ?? request.Encrypted!.ToText(), request.Encrypted is not null),
                (_, numbered) => Answer.Ok(SentView.Of(numbered)), ct)
            : Task.FromResult<IResult>(body.Problem);

    private static Task<IResult> DeleteAsync(PathRoom room, PathId<MessageId> message, Caller caller, Publisher publisher, RelayClock clock, CancellationToken ct) =>
        publisher.PublishAsync(caller, Keyed.None, room, RoomRights.Send,
            (id, granted) => Of(caller, EntryKind.Delete, message.Id, id, granted, "message.deleted", clock), (_, _) => Answer.NoContent, ct);

    public static NewEntry Of(Caller caller, EntryKind kind, MessageId about, Guid room, bool granted, string told, RelayClock clock, string? payload = null, bool encrypted = false) => new()
    {
        Tenant = caller.Wall,
        Room = room,
        Id = RelayId.New<MessageId>(clock.GetUtcNow()).Value,
        Kind = kind,
        About = about.Value,
        Sender = caller.User?.User,
        Device = caller.User?.Device,
        ViaTenant = caller.User is null,
        Enforced = caller.User is not null,
        Granted = granted,
        Payload = payload,
        Encrypted = encrypted,
        Event = RoomEvents.Of(caller, told, new RoomId(room), clock, caller.User?.User, about),
    };
}
