using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Messages;

/// <summary>Ops that write into rooms: send, edit, delete, read. The same way in as by REST, so the same rules.</summary>
internal sealed class MessageOps(Publisher publisher, RoomLookup lookup, ReadMarks marks, RelayClock clock)
{
    public IEnumerable<SocketOp> All =>
    [
        new("send", typeof(SendInput), SendAsync), new("edit", typeof(EditInput), EditAsync), new("delete", typeof(DeleteInput), DeleteAsync), new("read", typeof(ReadInput), ReadAsync),
    ];

    internal sealed record SendInput : RoomOps.RoomInput, IRuled
    {
        [ExternalId, Note("Yours: the same one again is answered with the first message.")]
        public required string Cid { get; init; }

        [Pattern("[a-z][a-z0-9_.-]{0,63}", "a word such as text or order.shipped")]
        public string Type { get; init; } = "text";

        [MaxBytes(MessageInput.MostBytes)]
        public RawJson? Body { get; init; }
        public SealedInput? Encrypted { get; init; }
        public MessageId? ReplyTo { get; init; }

        [Items(0, 50), Unique, ExternalId]
        public IReadOnlyList<string> Mentions { get; init; } = [];

        [Between(1, 31_536_000)]
        public int? ExpiresInS { get; init; }

        [MaxBytes(4 * 1024)]
        public RawJson? Metadata { get; init; }

        [Between(0, long.MaxValue)]
        public long? ExpectS { get; init; }

        [Text(1, 64)]
        public string? ExpectE { get; init; }
        public bool Ephemeral { get; init; }

        public void Check(Faults faults) => ToMessage().Check(faults);

        public MessageInput ToMessage() => new()
        {
            ClientId = Cid,
            Type = Type,
            Body = Body,
            Encrypted = Encrypted,
            ReplyTo = ReplyTo,
            Mentions = Mentions,
            ExpiresInS = ExpiresInS,
            Metadata = Metadata,
            ExpectSeq = ExpectS,
            ExpectEpoch = ExpectE,
            Ephemeral = Ephemeral,
        };
    }

    internal sealed record EditInput : RoomOps.RoomInput, IRuled
    {
        /// <summary>The frame's number has the name `id`: the message is `msg`.</summary>
        public required MessageId Msg { get; init; }

        [MaxBytes(MessageInput.MostBytes)]
        public RawJson? Body { get; init; }
        public SealedInput? Encrypted { get; init; }

        public void Check(Faults faults) => new EditMessage.Request { Body = Body, Encrypted = Encrypted }.Check(faults);
    }

    internal sealed record DeleteInput : RoomOps.RoomInput
    {
        public required MessageId Msg { get; init; }
    }

    internal sealed record ReadInput : RoomOps.RoomInput
    {
        [Between(0, long.MaxValue)]
        public required long S { get; init; }

        /// <summary>With it, the number is one of that epoch or none.</summary>
        [Text(1, 64)]
        public string? E { get; init; }
    }

    /// <summary>What a write is acknowledged with: its number is durable.</summary>
    internal sealed record View(string E, long? S, MessageId Id, DateTimeOffset Ts, bool Dup);

    internal sealed record ReadView(long S, long Unread);

    private async Task<OpAnswer> SendAsync(SocketCall call, CancellationToken ct) =>
        call.TryRead<SendInput>(writes: true, out var input, out var refusal)
            ? AnswerOf(await publisher.AppendAsync(call.Caller, input.Room, RoomRights.Send, (id, granted) => SendMessage.EntryOf(call.Caller, input.ToMessage(), id, granted, clock), ct))
            : refusal;

    private async Task<OpAnswer> EditAsync(SocketCall call, CancellationToken ct) =>
        call.TryRead<EditInput>(writes: true, out var input, out var refusal)
            ? AnswerOf(await publisher.AppendAsync(call.Caller, input.Room, RoomRights.Send, (id, granted) =>
                EditMessage.Of(call.Caller, EntryKind.Edit, input.Msg, id, granted, "message.edited", clock, input.Body?.Text ?? input.Encrypted!.ToText(), input.Encrypted is not null), ct))
            : refusal;

    private async Task<OpAnswer> DeleteAsync(SocketCall call, CancellationToken ct) =>
        call.TryRead<DeleteInput>(writes: true, out var input, out var refusal)
            ? AnswerOf(await publisher.AppendAsync(call.Caller, input.Room, RoomRights.Send, (id, granted) => EditMessage.Of(call.Caller, EntryKind.Delete, input.Msg, id, granted, "message.deleted", clock), ct))
            : refusal;

    private async Task<OpAnswer> ReadAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<ReadInput>(writes: true, out var input, out var refusal)) return refusal;
        if (call.Caller.User?.User is not { } user || await lookup.FindAsync(call.Caller, input.Room, ct) is not { } room) return OpAnswer.Of(Problem.NotFound);
        if (input.E is { } epoch && epoch != room.Epoch) return RoomOps.Restarted;
        return await marks.MoveAsync(room, user, input.S, ct) is var (read, unread) ? OpAnswer.View(new ReadView(read, unread)) : OpAnswer.Of(Problem.NotFound);
    }

    public static OpAnswer AnswerOf(Sent sent) => sent switch
    {
        Sent.Numbered { Number: var n } => OpAnswer.View(new View(n.Epoch, n.Seq > 0 ? n.Seq : null, new MessageId(n.Id), n.At, n.Duplicate)),
        Sent.Refused { Why: var why } => OpAnswer.Of(why),
        _ => throw new InvalidOperationException("an entry is numbered or refused"),
    };
}
