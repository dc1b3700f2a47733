using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Storage;

namespace ChatRelay.Inbox;

/// <summary>Changes of an inbox as they are asked for, by REST and by socket: one transaction each, answered after its commit.</summary>
internal sealed class InboxDoor(CalmWrites writes, InboxMoves moves, ReadAllMove all)
{
    public Task<IResult> MoveAsync(Caller caller, Keyed keyed, string user, InboxName name, InboxState to, CancellationToken ct) =>
        writes.ForEngineAsync(keyed, async db => ResultOf(await moves.MoveAsync(db, caller.Wall, user, name, to, caller.User?.Device, ct)), ct);

    public Task<IResult> ReadAllAsync(Caller caller, Keyed keyed, string user, CancellationToken ct) =>
        writes.ForEngineAsync(keyed, async db => ResultOf(await all.MoveAsync(db, caller.Wall, user, caller.User?.Device, ct)), ct);

    private static IResult ResultOf(InboxMoved moved) => moved switch
    {
        InboxMoved.Stands stands => Answer.Ok(InboxMovedView.Of(stands.Head, stands.Entry)),
        InboxMoved.AllRead read => Answer.Ok(InboxMovedView.Of(read.Head, null)),
        _ => Problem.NotFound,
    };
}
