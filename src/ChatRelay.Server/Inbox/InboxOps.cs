using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;

namespace ChatRelay.Inbox;

/// <summary>Ops about the user's own inbox: ack, and inbox.read, .archive, .read_all, .list, .sync. The same way in as by REST.</summary>
internal sealed class InboxOps(InboxDoor door, InboxReads reads, Hub hub)
{
    private const int MostSynced = 200;

    public IEnumerable<SocketOp> All =>
    [
        new("ack", typeof(AckInput), AckAsync),
        new("inbox.read", typeof(EntryInput), (call, ct) => MoveAsync(call, InboxState.Read, ct)),
        new("inbox.archive", typeof(EntryInput), (call, ct) => MoveAsync(call, InboxState.Archived, ct)),
        new("inbox.read_all", typeof(PlainInput), ReadAllAsync),
        new("inbox.list", typeof(ListInput), ListAsync),
        new("inbox.sync", typeof(SyncInput), SyncAsync),
    ];

    /// <summary>With `e`, the number is one of that epoch or none.</summary>
    internal sealed record AckInput : OpInput
    {
        [Text(1, 64)]
        public string? E { get; init; }

        [Between(1, long.MaxValue)]
        public required long S { get; init; }
    }

    /// <summary>The frame's number has the name `id`: the notification is `ntf`.</summary>
    internal sealed record EntryInput : OpInput
    {
        public required NotificationId Ntf { get; init; }
    }

    internal sealed record PlainInput : OpInput;

    internal sealed record ListInput : OpInput
    {
        public InboxFilter.Which State { get; init; }

        [Text(1, 64)]
        public string? Category { get; init; }

        [Between(1, long.MaxValue)]
        public long Before { get; init; } = long.MaxValue;

        [Between(1, ListInbox.Most)]
        public int Limit { get; init; } = ListInbox.Usual;
    }

    internal sealed record SyncInput : OpInput
    {
        [Text(1, 64)]
        public required string E { get; init; }

        [Between(0, long.MaxValue)]
        public required long After { get; init; }

        [Between(1, MostSynced)]
        public int Limit { get; init; } = MostSynced;
    }

    internal sealed record ListView(string? E, long Head, long Unread, IReadOnlyList<InboxItem> Entries, bool More);

    private async Task<OpAnswer> AckAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<AckInput>(writes: true, out var input, out var refusal)) return refusal;
        if (UserOf(call) is not { } user) return NotFound;
        if (input.E is { } epoch && (await reads.FindAsync(call.Caller.Wall, user, ct))?.Epoch != epoch) return Restarted;
        return AnswerOf(await door.MoveAsync(call.Caller, Keyed.None, user, new(null, input.S), InboxState.Acked, ct));
    }

    private async Task<OpAnswer> MoveAsync(SocketCall call, InboxState to, CancellationToken ct) =>
        !call.TryRead<EntryInput>(writes: true, out var input, out var refusal) ? refusal
        : UserOf(call) is { } user ? AnswerOf(await door.MoveAsync(call.Caller, Keyed.None, user, new(input.Ntf.Value, null), to, ct))
        : NotFound;

    private async Task<OpAnswer> ReadAllAsync(SocketCall call, CancellationToken ct) =>
        !call.TryRead<PlainInput>(writes: true, out _, out var refusal) ? refusal
        : UserOf(call) is { } user ? AnswerOf(await door.ReadAllAsync(call.Caller, Keyed.None, user, ct))
        : NotFound;

    private async Task<OpAnswer> ListAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<ListInput>(writes: false, out var input, out var refusal)) return refusal;
        if (UserOf(call) is not { } user) return NotFound;
        var (head, entries) = await reads.ListAsync(call.Caller.Wall, user, new(input.State, input.Category), input.Before, input.Limit + 1, ct);
        return OpAnswer.View(new ListView(head?.Epoch, head?.Head ?? 0, head?.Unread ?? 0, [.. entries.Take(input.Limit).Select(e => InboxItem.Of(head!, e))], entries.Count > input.Limit));
    }

    private async Task<OpAnswer> SyncAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<SyncInput>(writes: false, out var input, out var refusal)) return refusal;
        if (UserOf(call) is not { } user) return NotFound;
        var inbox = await reads.OfAsync(call.Caller.Wall, user, ct);
        if (input.E != inbox.Epoch || input.After > inbox.Head) return Restarted;
        var stretch = await reads.AfterAsync(inbox.Wall, inbox.Id, input.After, input.Limit, ct);
        return new OpAnswer.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteString("e", inbox.Epoch);
            json.WriteNumber("head", inbox.Head);
            json.WriteStartArray("entries");
            foreach (var frame in FramesOf(inbox.Epoch, stretch)) json.WriteRawValue(frame, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteBoolean("more", stretch.UpTo < inbox.Head);
            json.WriteEndObject();
        })
        { Then = () => Attach(call, inbox, stretch.UpTo) };
    }

    private Task Attach(SocketCall call, InboxHead inbox, long reached)
    {
        if (reached >= inbox.Head && call.Connection.Tighten(inbox.Feed)) hub.Attach(call.Connection, new(inbox.Feed, inbox.Epoch, reached), seenAfter: 0);
        return Task.CompletedTask;
    }

    /// <summary>Each number once: neighbours that are gone are one skip.</summary>
    public static IEnumerable<byte[]> FramesOf(string epoch, InboxStretch stretch)
    {
        var last = stretch.After;
        foreach (var entry in stretch.Entries)
        {
            if (entry.Seq > last + 1) yield return InboxFrames.Skip(epoch, last + 1, entry.Seq - 1);
            yield return InboxFrames.Entry(epoch, entry);
            last = entry.Seq;
        }
        if (stretch.UpTo > last) yield return InboxFrames.Skip(epoch, last + 1, stretch.UpTo);
    }

    private static string? UserOf(SocketCall call) => call.Caller.User?.User;

    private static OpAnswer AnswerOf(IResult result) => result switch
    {
        Answer answer => new OpAnswer.Ok(json => json.WriteRawValue(answer.Body, skipInputValidation: true)),
        Problem problem => OpAnswer.Of(problem),
        _ => throw new InvalidOperationException("a change is answered or refused"),
    };

    private static readonly OpAnswer NotFound = OpAnswer.Of(Problem.NotFound);
    private static readonly OpAnswer Restarted = new OpAnswer.Failed("epoch_changed", "The numbers of this inbox began anew: throw what you have of it away.");
}
