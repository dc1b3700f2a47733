using System.IO.Pipelines;
using System.Text;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.TestKit;
using ChatRelay.UserTokens;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatRelay.Tests.Realtime;

/// <summary>The hub asks the log where its feeds stand, and hears the answer when more has happened.</summary>
public sealed class HubLooksTests
{
    private static readonly FakeClock Still = new();
    private static readonly FeedId Room = new(Guid.NewGuid(), "room", Guid.NewGuid());

    private readonly Pipe pipe = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
    private readonly Queue<TaskCompletionSource<IReadOnlyList<FeedHead>>> looks = new();
    private readonly HubShard shard;

    public HubLooksTests()
    {
        var options = new RealtimeOptions();
        var budget = new OutboxBudget(options);
        var source = new FeedSource("room", (_, _, _, _, _) => Task.FromResult<IReadOnlyList<FeedEntry>>([]), (_, _) => Look(),
            at => Frame($"head {at.Head}"), (_, _, from, to) => Frame($"skip {from} {to}"), _ => Frame("gone"));
        shard = new(new Dictionary<string, FeedSource> { ["room"] = source }, new Sockets(options, budget), budget, NullLogger.Instance);
        var connection = new SocketConnection(Guid.CreateVersion7(), new Outbox(new SocketSink(pipe.Writer), budget, options.MostWaiting, Still), null, new TokenBucket(1, Still.GetUtcNow()), Still, () => { });
        var token = new UserToken(default, TenantEnvironment.Live, "ann", Still.GetUtcNow(), Still.GetUtcNow()) { User = "ann" };
        connection.Know(new(Room.Wall, token), new(Room.Wall, default, TenantEnvironment.Live, default, default, default!) { User = token });
        connection.Follow(Room);
        Do(new ShardWork.Attach(connection, At(11), 0));
    }

    [Fact]
    public void An_answer_from_before_a_number_came_detaches_nobody()
    {
        Do(new ShardWork.Grew(Room, "1", [Entry(12)]));
        Answer(11);
        Do(new ShardWork.Grew(Room, "1", [Entry(13)]));
        Assert.Equal("msg 12|msg 13", Heard());
    }

    [Fact]
    public void A_head_below_what_was_passed_on_before_it_was_asked_has_gone_back_and_all_are_told_to_pull()
    {
        Answer(11);
        Do(new ShardWork.Grew(Room, "1", [Entry(12)]));
        Do(new ShardWork.Look(Room));
        Answer(11);
        Do(new ShardWork.Grew(Room, "1", [Entry(13)]));
        Assert.Equal("msg 12|head 11", Heard());
    }

    private Task<IReadOnlyList<FeedHead>> Look()
    {
        looks.Enqueue(new());
        return looks.Peek().Task;
    }

    private void Answer(long head)
    {
        looks.Dequeue().SetResult([At(head)]);
        shard.Pass();
    }

    private void Do(ShardWork work)
    {
        shard.Post(work);
        shard.Pass();
    }

    private string Heard()
    {
        var heard = new List<string>();
        if (!pipe.Reader.TryRead(out var read)) return "";
        for (var left = read.Buffer; left.Length > 0;)
        {
            var length = left.Slice(1).FirstSpan[0];
            heard.Add(Encoding.ASCII.GetString(left.Slice(2, length)));
            left = left.Slice(2 + length);
        }
        pipe.Reader.AdvanceTo(read.Buffer.End);
        return string.Join('|', heard);
    }

    private static FeedHead At(long head) => new(Room, "1", head);

    private static FeedEntry Entry(long seq) => new(seq, Frame($"msg {seq}")) { SeenBy = seq };

    private static byte[] Frame(string text) => Frames.Text(Encoding.ASCII.GetBytes(text));
}
