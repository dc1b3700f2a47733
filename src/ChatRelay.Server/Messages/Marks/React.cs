using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Messages;

/// <summary>POST …/messages/{message}/reactions and …/reactions/remove. A key is never in a URL.</summary>
internal static class React
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        Map(v1, "/rooms/{room}/messages/{message}/reactions", EntryKind.React, "messages.react", "React to a message");
        Map(v1, "/rooms/{room}/messages/{message}/reactions/remove", EntryKind.Unreact, "messages.unreact", "Take a reaction back");
    }

    private static void Map(IEndpointRouteBuilder v1, string path, EntryKind kind, string name, string summary) => v1
        .MapPost(path, (PathRoom room, PathId<MessageId> message, Body<Request> body, Caller caller, Keyed keyed, Publisher publisher, RelayClock clock, CancellationToken ct) =>
            HandleAsync(kind, room, message, body, caller, keyed, publisher, clock, ct))
        .WithName(name).WithSummary(summary)
        .RequireScopeOrUser(Scope.RoomsWrite).Idempotent()
        .Reads<Request>("""{"key":"👍","from":"u_42"}""", MessageInput.MaxRequest)
        .Answers<SentView>(200, SentView.Example)
        .Refuses(ProblemCode.NotFound, ProblemCode.Forbidden, ProblemCode.Blocked, ProblemCode.Conflict);

    internal sealed record Request : IRuled
    {
        [Text(1, MostOfKey), Note("An emoji, or a word of yours. A user has each key once on a message.")]
        public string? Key { get; init; }

        [Note("In encrypted rooms. To take it back, the same again.")]
        public SealedInput? Encrypted { get; init; }

        [ExternalId, Note("Whose, by an API key. A user's token is its own user's.")]
        public string? From { get; init; }

        [Note("Asks the rules of the room of an API key too.")]
        public bool Enforce { get; init; }

        public MarkInput Mark => new(Key, Encrypted);

        public void Check(Faults faults) => Mark.Check(faults);
    }

    public const int MostOfKey = 64;

    private static async Task<IResult> HandleAsync(
        EntryKind kind, PathRoom room, PathId<MessageId> message, Body<Request> body, Caller caller, Keyed keyed, Publisher publisher, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead((input, faults) => CheckFor(caller, input, faults), out var request)) return body.Problem;
        if (MarkEntries.NobodyOf(caller) is { } refused) return refused;
        return await publisher.PublishAsync(caller, keyed, room, RoomRights.Send,
            (id, granted) => MarkEntries.Reaction(caller, kind, message.Id, id, granted, request.Mark, clock, request.From, request.Enforce),
            (_, numbered) => Answer.Ok(SentView.Of(numbered)), ct);
    }

    private static void CheckFor(Caller caller, Request input, Faults faults)
    {
        if (caller.User is null && input.From is null) faults.Add("from", FaultCodes.Missing, "Whose reaction is it?");
        if (caller.User is null) return;
        if (input.From is not null) faults.Add("from", FaultCodes.NotAllowed, "A token speaks for its own user.");
        if (input.Enforce) faults.Add("enforce", FaultCodes.NotAllowed, "A user is always asked for their rights.");
    }
}
