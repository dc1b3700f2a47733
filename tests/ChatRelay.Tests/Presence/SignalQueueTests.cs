using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;
using ChatRelay.Http;
using ChatRelay.Presence;
using ChatRelay.Realtime;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Presence;

/// <summary>A newcomer's signals come from two sides: what is kept for its device, and what its node comes upon in the table.</summary>
public sealed class SignalQueueTests
{
    private static readonly FakeClock Clock = new();

    [Fact]
    public async Task What_a_newcomer_was_given_is_not_given_again_when_its_node_comes_upon_it()
    {
        var pipe = new Pipe();
        var outbox = new Outbox(new SocketSink(pipe.Writer), new OutboxBudget(new RealtimeOptions()), 100_000, Clock);
        var queue = new SignalQueue(new(Guid.NewGuid(), outbox, null, new TokenBucket(1, Clock.GetUtcNow()), Clock, () => { }));
        var (had, kept, meanwhile, later) = (Signal("had"), Signal("kept"), Signal("meanwhile"), Signal("later"));
        queue.Give(meanwhile);
        queue.Begin([had, kept], new HashSet<Guid> { had.Id });
        foreach (var signal in (StoredSignal[])[had, kept, meanwhile, later]) queue.Give(signal);

        var came = "";
        while (!came.Contains("later", StringComparison.Ordinal))
        {
            var read = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
            foreach (var piece in read.Buffer) came += Encoding.Latin1.GetString(piece.Span);
            pipe.Reader.AdvanceTo(read.Buffer.End);
        }
        Assert.Equal(["kept", "meanwhile", "later"], Regex.Matches(came, "\"kind\":\"(\\w+)\"").Select(m => m.Groups[1].Value));
    }

    private static StoredSignal Signal(string kind) => new()
    {
        Wall = Guid.NewGuid(),
        Id = Guid.NewGuid(),
        User = "ann",
        Device = "*",
        Kind = kind,
        Call = null,
        Sender = "bob",
        SenderDevice = null,
        Payload = null,
        Encrypted = false,
        At = Clock.GetUtcNow(),
        ExpiresAt = Clock.GetUtcNow() + TimeSpan.FromMinutes(1),
    };
}
