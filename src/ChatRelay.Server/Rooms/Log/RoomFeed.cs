using ChatRelay.Realtime;
using ChatRelay.Storage;

namespace ChatRelay.Rooms;

/// <summary>Rooms as the hub follows them.</summary>
internal sealed class RoomFeed(LogReads reads, Databases databases, Viewers viewers)
{
    public const string Kind = "room";

    public static FeedId Id(Guid wall, Guid room) => new(wall, Kind, room);

    public FeedSource Source => new(
        Kind, ReadAsync, HeadsAsync,
        at => Frames.Text(EntryFrames.Head(at.Feed.Id, at.Epoch, at.Head)),
        (feed, epoch, from, to) => Frames.Text(EntryFrames.Skip(feed.Id, epoch, from, to)),
        at => Frames.Text(EntryFrames.Place(at.Feed.Id, at.Epoch, at.Head, "deleted")))
    { Peopled = viewers.Peopled };

    private async Task<IReadOnlyList<FeedEntry>> ReadAsync(FeedId feed, string epoch, long after, int limit, CancellationToken ct) =>
        [.. (await reads.RowsAsync(feed.Wall, feed.Id, after, long.MaxValue, 0, limit, ct)).Select(read => EntryFrames.Of(feed.Id, epoch, read.Row, read.Seen))];

    private async Task<IReadOnlyList<FeedHead>> HeadsAsync(IReadOnlyList<FeedId> feeds, CancellationToken ct)
    {
        await using var command = databases.Engine.CreateCommand($"""
            select h.tenant_id, h.room_id, {RoomEpoch.Sql}, h.head from unnest($1::uuid[], $2::uuid[]) as f(tenant_id, room_id)
            join room_heads h on h.tenant_id = f.tenant_id and h.room_id = f.room_id
            join rooms r on r.tenant_id = f.tenant_id and r.id = f.room_id and r.deleted_at is null
            """);
        return await FeedHeads.ReadAsync(command, Kind, feeds, ct);
    }
}
