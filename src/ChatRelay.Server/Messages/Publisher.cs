using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Messages;

/// <summary>
/// The one way into a room's log for what is said. (1) which room, and whether the token reaches it; (2) the entry, judged, numbered and stored in a
/// shared commit, or, under an idempotency key, in one of its own that holds the answer too.
/// </summary>
internal sealed class Publisher(RoomLookup lookup, GroupCommit commit, CalmWrites writes)
{
    /// <param name="make">the entry for the room that was found; Granted says that a token's grant stands for membership</param>
    public async Task<IResult> PublishAsync(Caller caller, Keyed keyed, PathRoom named, RoomRights right, Func<Guid, bool, NewEntry> make, Func<NewEntry, Published.Numbered, Answer> answer, CancellationToken ct)
    {
        if (keyed.Claim is null) return ResultOf(await AppendAsync(caller, named, right, make, ct), answer);

        // (1)
        var (room, granted) = await ReachAsync(caller, named, right, ct);
        if (RefusalOf(room, granted) is { } refused) return refused;
        var entry = make(room!.Value, granted!.Value);

        // (2)
        return await writes.ForEngineAsync(keyed, async db =>
        {
            await RoomLog.AppendAsync(db, entry, ct);
            return ResultOf(Sent.Of(entry), answer);
        }, ct);
    }

    /// <summary>The same without a key: over a socket there is none, the cid stands for it.</summary>
    public async Task<Sent> AppendAsync(Caller caller, PathRoom named, RoomRights right, Func<Guid, bool, NewEntry> make, CancellationToken ct)
    {
        // (1)
        var (room, granted) = await ReachAsync(caller, named, right, ct);
        if (RefusalOf(room, granted) is { } refused) return new Sent.Refused(refused);
        var entry = make(room!.Value, granted!.Value);

        // (2)
        return await commit.WriteAsync(new CommitUnit().Add(EntryRows.Instance, entry), CancellationToken.None) is CommitOutcome.Written
            ? Sent.Of(entry)
            : new Sent.Refused(Problem.Unavailable);
    }

    /// <summary>Many for the tenant, in one commit; each has its own outcome.</summary>
    public async Task<IResult> PublishManyAsync(Keyed keyed, IReadOnlyList<NewEntry> entries, Func<Answer> answer, CancellationToken ct)
    {
        if (keyed.Claim is not null)
            return await writes.ForEngineAsync(keyed, async db =>
            {
                if (entries.Count > 0) await RoomLog.AppendAsync(db, entries, ct);
                return answer();
            }, ct);
        if (entries.Count == 0) return answer();
        return await commit.WriteAsync(new CommitUnit().AddRange(EntryRows.Instance, entries), CancellationToken.None) is CommitOutcome.Written ? answer() : Problem.Unavailable;
    }

    /// <summary>The room's id, and whether a grant opens it; Granted is null where the token may not do this here.</summary>
    public async Task<(Guid? Room, bool? Granted)> ReachAsync(Caller caller, PathRoom named, RoomRights right, CancellationToken ct)
    {
        // The statement that numbers asks everything else: a key and an id, or a token that is not narrowed, need no look before.
        if (named.Id is { } id && caller.User?.Rooms is null) return (id.Value, false);
        if (await lookup.FindAsync(caller, named, ct) is not { } seen) return (null, null);
        if (caller.User is { User: null }) return (seen.Id.Value, null); // whoever has no name only looks: what they wrote would be nobody's, as the tenant's own is
        if (caller.User is not { Rooms: not null } user) return (seen.Id.Value, false);
        return (seen.Id.Value, seen.GrantOf(user)?.HasFlag(right) is true ? true : null);
    }

    private static Problem? RefusalOf(Guid? room, bool? granted) => room is null ? Problem.NotFound : granted is null ? Sent.MayNot : null;

    public static IResult ResultOf(Sent sent, Func<NewEntry, Published.Numbered, Answer> answer) => sent switch
    {
        Sent.Numbered { Entry: var entry, Number: var number } => answer(entry, number),
        Sent.Refused { Why: var why } => why,
        _ => throw new InvalidOperationException("an entry is numbered or refused"),
    };
}
