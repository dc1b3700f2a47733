using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Messages;

/// <summary>POST /v1/rooms/{room}/messages. The number is the acknowledgement: it is given after the COMMIT.</summary>
internal static class SendMessage
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/rooms/{room}/messages", Handle).WithName("messages.send").WithSummary("Send a message into a room")
        .RequireScopeOrUser(Scope.RoomsWrite).Idempotent()
        .Reads<MessageInput>("""{"client_id":"m-1","from":"u_42","body":{"text":"Hello"}}""", MessageInput.MaxRequest)
        .Answers<SentView>(201, SentView.Example)
        .Refuses(ProblemCode.NotFound, ProblemCode.Forbidden, ProblemCode.Blocked, ProblemCode.Conflict);

    private static Task<IResult> Handle(PathRoom room, Body<MessageInput> body, Caller caller, Keyed keyed, Publisher publisher, RelayClock clock, CancellationToken ct) =>
        body.TryRead((input, faults) => CheckFor(caller, input, faults), out var request)
            ? publisher.PublishAsync(caller, keyed, room, RoomRights.Send, (id, granted) => EntryOf(caller, request, id, granted, clock), AnswerOf, ct)
            : Task.FromResult<IResult>(body.Problem);

    public static void CheckFor(Caller caller, MessageInput input, Faults faults)
    {
        if (caller.User is null) return;
        if (input.From is not null) faults.Add("from", FaultCodes.NotAllowed, "A token speaks for its own user.");
        if (input.Enforce) faults.Add("enforce", FaultCodes.NotAllowed, "A user is always asked for their rights.");
    }

    public static NewEntry EntryOf(Caller caller, MessageInput input, Guid room, bool granted, RelayClock clock, MessageId? given = null)
    {
        var id = given ?? RelayId.New<MessageId>(clock.GetUtcNow());
        return new()
        {
            Tenant = caller.Wall,
            Room = room,
            Id = id.Value,
            Kind = EntryKind.Message,
            Sender = caller.User?.User ?? input.From,
            Device = caller.User?.Device,
            ViaTenant = caller.User is null,
            Enforced = caller.User is not null || input.Enforce,
            Granted = granted,
            Cid = input.ClientId,
            Type = input.Type,
            Payload = input.Payload,
            Encrypted = input.Encrypted is not null,
            Metadata = input.Metadata?.Text,
            ReplyTo = input.ReplyTo?.Value,
            Mentions = input.Mentions,
            ExpiresInSeconds = input.ExpiresInS,
            ExpectSeq = input.ExpectSeq,
            ExpectEpoch = input.ExpectEpoch,
            Ephemeral = input.Ephemeral,
            Event = RoomEvents.Of(caller, "message.created", new RoomId(room), clock, caller.User?.User ?? input.From, id),
        };
    }

    public static Answer AnswerOf(NewEntry entry, Published.Numbered numbered) =>
        Answer.Created($"/v1/rooms/{new RoomId(entry.Room)}/messages/{new MessageId(numbered.Id)}", SentView.Of(numbered));
}

/// <summary>A message that has its number.</summary>
internal sealed record SentView
{
    public required MessageId Id { get; init; }

    [Note("The durable acknowledgement; null for an ephemeral message.")]
    public required long? Seq { get; init; }
    public required string Epoch { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    [Note("It was sent before, under the same client_id.")]
    public required bool Duplicate { get; init; }

    public static SentView Of(Published.Numbered numbered) => new()
    {
        Id = new MessageId(numbered.Id),
        Seq = numbered.Seq > 0 ? numbered.Seq : null,
        Epoch = numbered.Epoch,
        CreatedAt = numbered.At,
        Duplicate = numbered.Duplicate,
    };

    public const string Example = """{"id":"msg_01jd3m7q8x6zv9k2b4n5c8d1fg","seq":17,"epoch":"1-5f3a9c","created_at":"2026-01-31T12:00:00.000Z","duplicate":false}""";
}
