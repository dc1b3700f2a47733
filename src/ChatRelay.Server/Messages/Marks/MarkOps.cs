using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Messages;

/// <summary>Ops about a message: react, unreact, pin, unpin. The same way in as by REST, so the same rules.</summary>
internal sealed class MarkOps(Publisher publisher, RelayClock clock)
{
    public IEnumerable<SocketOp> All =>
    [
        new("react", typeof(ReactInput), (call, ct) => ReactAsync(call, EntryKind.React, ct)), new("unreact", typeof(ReactInput), (call, ct) => ReactAsync(call, EntryKind.Unreact, ct)),
        new("pin", typeof(PinInput), (call, ct) => PinAsync(call, EntryKind.Pin, ct)), new("unpin", typeof(PinInput), (call, ct) => PinAsync(call, EntryKind.Unpin, ct)),
    ];

    internal sealed record ReactInput : RoomOps.RoomInput, IRuled
    {
        public required MessageId Msg { get; init; }

        [Text(1, React.MostOfKey)]
        public string? Key { get; init; }
        public SealedInput? Encrypted { get; init; }

        public MarkInput Mark => new(Key, Encrypted);

        public void Check(Faults faults) => Mark.Check(faults);
    }

    internal sealed record PinInput : RoomOps.RoomInput
    {
        public required MessageId Msg { get; init; }
    }

    private async Task<OpAnswer> ReactAsync(SocketCall call, EntryKind kind, CancellationToken ct)
    {
        if (!call.TryRead<ReactInput>(writes: true, out var input, out var refusal)) return refusal;
        if (MarkEntries.NobodyOf(call.Caller) is { } nobody) return OpAnswer.Of(nobody);
        return MessageOps.AnswerOf(await publisher.AppendAsync(call.Caller, input.Room, RoomRights.Send, (id, granted) => MarkEntries.Reaction(call.Caller, kind, input.Msg, id, granted, input.Mark, clock), ct));
    }

    private async Task<OpAnswer> PinAsync(SocketCall call, EntryKind kind, CancellationToken ct) =>
        call.TryRead<PinInput>(writes: true, out var input, out var refusal)
            ? MessageOps.AnswerOf(await publisher.AppendAsync(call.Caller, input.Room, RoomRights.Send, (id, granted) => MarkEntries.Pin(call.Caller, kind, input.Msg, id, granted, clock), ct))
            : refusal;
}
