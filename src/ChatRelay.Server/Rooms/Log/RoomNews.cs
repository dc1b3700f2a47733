using ChatRelay.Events;
using ChatRelay.Realtime;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Rooms;

/// <summary>A room that was deleted, told when that is committed.</summary>
internal sealed record RoomGone(Guid Wall, Guid Room);

/// <summary>A room that was made, told to its first members when that is committed: of their places there are no entries.</summary>
internal sealed record RoomMade(Guid Wall, Guid Room, string Epoch, IReadOnlyList<string> Members);

/// <summary>After the commit: what it put into rooms' logs goes to whoever is there. All of a room in one word to the bus.</summary>
internal sealed class RoomNews(INodeBus bus, EventNews events)
{
    private long told;

    /// <summary>Entries and passing ones that were published through this node since it started.</summary>
    public long Told => Interlocked.Read(ref told);

    public IEnumerable<CommitHearer> Hearers =>
    [
        new(typeof(NewEntry), rows => Tell(rows.Cast<NewEntry>())),
        new(typeof(RoomGone), rows =>
        {
            foreach (var gone in rows.Cast<RoomGone>()) bus.Say(new NodeNews.Look(RoomFeed.Id(gone.Wall, gone.Room)));
        }),
        new(typeof(RoomMade), rows =>
        {
            foreach (var made in rows.Cast<RoomMade>())
                foreach (var user in made.Members) Welcome(RoomFeed.Id(made.Wall, made.Room), user, made.Epoch, 0);
        }),
    ];

    private void Tell(IEnumerable<NewEntry> entries)
    {
        foreach (var room in entries.Where(e => e.Outcome is Published.Numbered { Duplicate: false }).GroupBy(e => (e.Tenant, e.Room)))
        {
            Interlocked.Add(ref told, room.Count());
            var feed = RoomFeed.Id(room.Key.Tenant, room.Key.Room);
            var rows = room.Select(e => (Entry: e, Numbered: (Published.Numbered)e.Outcome)).OrderBy(e => e.Numbered.Seq).ToList();
            var numbered = rows.Where(r => !r.Entry.Ephemeral).Select(r => EntryFrames.Of(feed.Id, r.Numbered.Epoch, r.Entry.AsStored(r.Numbered), seen: true)).ToList();
            if (numbered.Count > 0) bus.Say(new NodeNews.Grew(feed, rows[0].Numbered.Epoch, numbered));
            foreach (var (entry, passing) in rows.Where(r => r.Entry.Ephemeral))
                bus.Say(new NodeNews.Passing(feed, FrameClass.Signal, Frames.Text(EntryFrames.Passing(feed.Id, passing.Epoch, entry.AsStored(passing)))));
            foreach (var (entry, joined) in rows)
                if (entry.Joins is { } user) Welcome(feed, user, joined.Epoch, joined.Seq);
            if (numbered.Count > 0) events.Tell(feed.Wall);
        }
    }

    private void Welcome(FeedId feed, string user, string epoch, long head) =>
        bus.Say(new NodeNews.ToUser(feed, user, FrameClass.Answer, Frames.Text(EntryFrames.Place(feed.Id, epoch, head, "joined"))));
}
