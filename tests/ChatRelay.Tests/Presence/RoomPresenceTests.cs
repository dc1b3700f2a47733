using System.IO.Pipelines;
using System.Text;
using ChatRelay.Http;
using ChatRelay.Presence;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Presence;

/// <summary>A reader that is too slow loses what passes, and is made whole when it reads again.</summary>
public sealed class RoomPresenceTests
{
    private static readonly FakeClock Clock = new();
    private static readonly FeedId Feed = new(new Guid(1, 0, 0, new byte[8]), "room", new Guid(2, 0, 0, new byte[8]));
    private static readonly UserPresence Online = new(null, null, PresenceStatus.Online, null), Gone = UserPresence.Nobody;

    private static (SocketConnection Connection, PipeReader Reads) Open()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        var outbox = new Outbox(new SocketSink(pipe.Writer), new OutboxBudget(new RealtimeOptions()), 100_000, Clock);
        var connection = new SocketConnection(new Guid(3, 0, 0, new byte[8]), outbox, null, new TokenBucket(1, Clock.GetUtcNow()), Clock, () => { });
        connection.Follow(Feed);
        return (connection, pipe.Reader);
    }

    private static async Task<string> ReadAsync(PipeReader from)
    {
        var read = await from.ReadAsync();
        var text = Encoding.UTF8.GetString(read.Buffer.FirstSpan);
        from.AdvanceTo(read.Buffer.End);
        return text;
    }

    [Fact]
    public async Task What_was_dropped_for_a_slow_reader_comes_as_everybody_when_it_reads_again()
    {
        var (connection, reads) = Open();
        var room = new RoomPresence(Feed);
        room.Become(3, new() { ["ann"] = new(PresenceStatus.Online, null) });
        room.Ask(connection, PresenceWanted.List);
        room.Viewers[0].Hide(new HashSet<string>());
        Assert.Equal(1, room.Tell(owedOnly: false));
        Assert.Contains("\"all\":true", await ReadAsync(reads), StringComparison.Ordinal);

        connection.Outbox.Offer(new byte[40_000], FrameClass.Answer); // above a quarter, and nobody has taken it
        room.Change("bob", Online);
        room.Change("ann", Gone);
        room.Tell(owedOnly: false);
        await ReadAsync(reads);
        room.Tell(owedOnly: false);
        var all = await ReadAsync(reads);
        Assert.Contains("""{"ev":"presence","r":"room_""", all, StringComparison.Ordinal);
        Assert.Contains(""" "all":true,"count":1,"join":[{"user":"bob","status":"online"}]}""".TrimStart(), all, StringComparison.Ordinal);
        Assert.Equal(0, room.Tell(owedOnly: false)); // and then nothing, while nothing changes
    }

    [Fact]
    public async Task Who_came_and_went_between_two_tellings_is_not_mentioned()
    {
        var (connection, reads) = Open();
        var room = new RoomPresence(Feed);
        room.Become(3, []);
        room.Ask(connection, PresenceWanted.List);
        room.Viewers[0].Hide(new HashSet<string>());
        room.Tell(owedOnly: false);
        await ReadAsync(reads);
        room.Change("bob", Online);
        room.Change("bob", Gone);
        Assert.Equal(0, room.Tell(owedOnly: false));
    }

    [Fact]
    public void Who_has_left_the_room_is_shown_nothing_more()
    {
        var (connection, _) = Open();
        var room = new RoomPresence(Feed);
        room.Ask(connection, PresenceWanted.List);
        connection.Forget(Feed);
        room.DropWhoLeft();
        Assert.Empty(room.Viewers);
    }
}
