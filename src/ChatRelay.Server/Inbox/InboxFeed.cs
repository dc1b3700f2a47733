using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Inbox;

/// <summary>Inboxes as the hub follows them.</summary>
internal sealed class InboxFeed(InboxReads reads, Databases databases)
{
    private const string Kind = "inbox";

    public static FeedId Id(Guid wall, Guid inbox) => new(wall, Kind, inbox);

    public FeedSource Source => new(
        Kind, ReadAsync, HeadsAsync,
        at => Frames.Text(InboxFrames.Head(at.Epoch, at.Head)),
        (_, epoch, from, to) => Frames.Text(InboxFrames.Skip(epoch, from, to)),
        at => Frames.Text(InboxFrames.Gone(at.Epoch)));

    /// <summary>The hub passes on one number after the other: what is gone is a skip of its own.</summary>
    private async Task<IReadOnlyList<FeedEntry>> ReadAsync(FeedId feed, string epoch, long after, int limit, CancellationToken ct)
    {
        var stretch = await reads.AfterAsync(feed.Wall, feed.Id, after, limit, ct);
        var there = stretch.Entries.ToDictionary(e => e.Seq);
        var entries = new List<FeedEntry>();
        for (var seq = after + 1; seq <= stretch.UpTo; seq++)
            entries.Add(there.TryGetValue(seq, out var entry) ? InboxFrames.Of(epoch, entry) : new(seq, Frames.Text(InboxFrames.Skip(epoch, seq, seq))));
        return entries;
    }

    private async Task<IReadOnlyList<FeedHead>> HeadsAsync(IReadOnlyList<FeedId> feeds, CancellationToken ct)
    {
        await using var command = databases.Engine.CreateCommand($"""
            select h.tenant_id, h.id, {RoomEpoch.Sql}, h.head from unnest($1::uuid[], $2::uuid[]) as f(tenant_id, id)
            join inbox_heads h on h.tenant_id = f.tenant_id and h.id = f.id
            """);
        return await FeedHeads.ReadAsync(command, Kind, feeds, ct);
    }
}
