using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Messages;

/// <summary>POST /v1/rooms/{room}/messages/batch and POST /v1/messages/multi: many messages in one commit, each answered in its place.</summary>
internal static class SendMany
{
    private const int Most = 100;

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPost("/rooms/{room}/messages/batch", BatchAsync).WithName("messages.send_batch").WithSummary("Send up to 100 messages into a room, numbered in their order")
            .RequireScope(Scope.RoomsWrite).Idempotent()
            .Reads<BatchRequest>("""{"messages":[{"from":"u_42","body":{"text":"Hello"}},{"from":"u_13","body":{"text":"Hi"}}]}""", 10 * 1024 * 1024)
            .Answers<BatchView>(200, $$"""{"data":[{{SentItem.Example}}]}""")
            .Refuses(ProblemCode.NotFound);
        v1.MapPost("/messages/multi", MultiAsync).WithName("messages.send_multi").WithSummary("Send one message into up to 100 rooms")
            .RequireScope(Scope.RoomsWrite).Idempotent()
            .Reads<MultiRequest>("""{"rooms":["room_01jd3m7q8x6zv9k2b4n5c8d1fg","ext:order-7"],"message":{"body":{"text":"The shop closes at six."}}}""", MessageInput.MaxRequest)
            .Answers<MultiView>(200, $$"""{"data":[{"room":"ext:order-7","result":{{SentItem.Example}}}]}""");
    }

    internal sealed record BatchRequest : IRuled
    {
        [Items(1, Most), Note("Each as the body of POST /v1/rooms/{room}/messages, without expect_seq.")]
        public required IReadOnlyList<MessageInput> Messages { get; init; }

        public void Check(Faults faults)
        {
            for (var at = 0; at < Messages.Count; at++)
            {
                using var _ = faults.In("messages", at);
                if (Messages[at].ExpectSeq is not null) faults.Add("expect_seq", FaultCodes.NotAllowed, "Several messages cannot all be the next one.");
            }
        }
    }

    internal sealed record MultiRequest : IRuled
    {
        [Items(1, Most), Unique, Note("Each as room_…, or ext: and your own id.")]
        public required IReadOnlyList<string> Rooms { get; init; }

        [Note("As the body of POST /v1/rooms/{room}/messages, without expect_seq.")]
        public required MessageInput Message { get; init; }

        public void Check(Faults faults)
        {
            if (Message.ExpectSeq is not null)
            {
                using var _ = faults.In("message");
                faults.Add("expect_seq", FaultCodes.NotAllowed, "Every room has numbers of its own.");
            }
        }
    }

    internal sealed record BatchView(IReadOnlyList<SentItem> Data);

    internal sealed record MultiView(IReadOnlyList<MultiItem> Data);

    internal sealed record MultiItem(string Room, SentItem Result);

    /// <summary>One of many: what it was answered, or why it was refused.</summary>
    internal sealed record SentItem(MessageId? Id, long? Seq, string? Epoch, DateTimeOffset? CreatedAt, bool? Duplicate, RefusedItem? Problem)
    {
        public const string Example = """{"id":"msg_01jd3m7q8x6zv9k2b4n5c8d1fg","seq":17,"epoch":"1-5f3a9c","created_at":"2026-01-31T12:00:00.000Z","duplicate":false,"problem":null}""";
    }

    internal sealed record RefusedItem(string Code, string Detail);

    private static async Task<IResult> BatchAsync(PathRoom room, Body<BatchRequest> body, Caller caller, Keyed keyed, Publisher publisher, RoomLookup lookup, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await lookup.FindAsync(caller, room, ct) is not { } seen) return Problem.NotFound;
        var ids = IdsInOrder(request.Messages.Count, clock);
        var entries = request.Messages.Select((message, at) => SendMessage.EntryOf(caller, message, seen.Id.Value, granted: false, clock, ids[at])).ToList();
        return await publisher.PublishManyAsync(keyed, entries, () => Answer.Ok(new BatchView(entries.ConvertAll(ItemOf))), ct);
    }

    private static async Task<IResult> MultiAsync(Body<MultiRequest> body, Caller caller, Keyed keyed, Publisher publisher, RoomLookup lookup, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        var found = await lookup.IdsAsync(caller.Wall, request.Rooms, ct);
        var entries = found.Values.Distinct().ToDictionary(id => id, id => SendMessage.EntryOf(caller, request.Message, id, granted: false, clock));
        return await publisher.PublishManyAsync(keyed, [.. entries.Values], () => Answer.Ok(new MultiView(
            [.. request.Rooms.Select(room => new MultiItem(room, found.TryGetValue(room, out var id) ? ItemOf(entries[id]) : Refused(Problem.NotFound)))])), ct);
    }

    /// <summary>Entries of one commit are numbered by their ids, and ids of the same millisecond have no order of their own.</summary>
    private static List<MessageId> IdsInOrder(int count, RelayClock clock)
    {
        return [.. Enumerable.Range(0, count).Select(_ => RelayId.New<MessageId>(clock.GetUtcNow())).OrderBy(id => id.Value)];
    }

    private static SentItem ItemOf(NewEntry entry) => Sent.Of(entry) switch
    {
        Sent.Numbered { Number: var n } => new(new MessageId(n.Id), n.Seq > 0 ? n.Seq : null, n.Epoch, n.At, n.Duplicate, null),
        Sent.Refused { Why: var why } => Refused(why),
        _ => throw new InvalidOperationException("an entry is numbered or refused"),
    };

    private static SentItem Refused(Problem why) => new(null, null, null, null, null, new(why.Code.Code, why.Faults is [var fault] ? $"{fault.Pointer}: {fault.Detail}" : why.Detail));
}
