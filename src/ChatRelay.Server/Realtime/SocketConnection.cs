using System.Text;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.UserTokens;

namespace ChatRelay.Realtime;

/// <summary>What carries a connection.</summary>
internal enum Carrier
{
    Socket,

    /// <summary>Server-Sent Events: nothing comes back on it, so there is no sign of life to ask for.</summary>
    Stream,

    /// <summary>A request that is answered with what came meanwhile.</summary>
    Poll,
}

/// <summary>One open socket, or what stands for one: who it is, what it follows, what waits for it, and when it was last heard of.</summary>
internal sealed class SocketConnection
{
    private static readonly TimeSpan MostAmid = TimeSpan.FromSeconds(10), Goodbye = TimeSpan.FromSeconds(3);

    /// <summary>After its token's end: time to bring a new one.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    private readonly Lock gate = new();
    private readonly Dictionary<FeedId, bool> feeds = []; // whether it is loose there
    private readonly TimeProvider clock;
    private readonly Action abort;
    private CloseCode? closed;
    private long closedAt, pingedAt;

    public SocketConnection(Guid id, Outbox outbox, string? origin, TokenBucket ops, TimeProvider clock, Action abort)
    {
        (Id, Outbox, Origin, Ops, this.clock, this.abort) = (id, outbox, origin, ops, clock, abort);
        OpenedAt = HeardAt = clock.GetTimestamp();
    }

    public Guid Id { get; }
    public Carrier Carrier { get; init; }
    public Outbox Outbox { get; }
    public string? Origin { get; }
    public TokenBucket Ops { get; }
    public long OpenedAt { get; }

    /// <summary>Null until its hello was taken.</summary>
    public Verified? Who { get; private set; }
    public string? User => Who?.Token.User;
    public string? Device => Caller?.User?.Device;

    public long HeardAt { get; private set; }

    /// <summary>Since when a message is under way that has not ended; null while there is none.</summary>
    public long? AmidSince { get; set; }

    /// <summary>An op is being done: who asks for much is not idle.</summary>
    public bool Busy { get; set; }

    /// <summary>Its device says that nobody sits before it.</summary>
    public bool Idle { get; set; }

    /// <summary>How long ago the other side was there for the last time: who fell silent had gone before that was noticed.</summary>
    public TimeSpan GoneFor => closed == CloseCode.NoPong ? clock.GetElapsedTime(HeardAt) : TimeSpan.Zero;

    public bool Ended { get; private set; }
    public CloseCode? Closed => closed;

    /// <summary>Who it is on the API's paths; the device is the one that it named, or that its token is bound to.</summary>
    public Caller? Caller { get; private set; }

    /// <summary>Ops that were refused for their number.</summary>
    public int Refused { get; set; }

    /// <summary>The other side has said that it is over too.</summary>
    public bool ClosedByBoth { get; private set; }

    public void Know(Verified who, Caller caller) => (Who, Caller) = (who, caller);

    public void Hear()
    {
        HeardAt = clock.GetTimestamp();
        pingedAt = 0;
    }

    /// <summary>To whoever reads: an answer, or what the relay itself says.</summary>
    public void Send(ReadOnlyMemory<byte> frame)
    {
        if (Outbox.Offer(frame, FrameClass.Answer) is Offered.Full) Close(CloseCode.SlowConsumer);
        else Outbox.Flush();
    }

    /// <summary>Says why, and that it is over; what waits is dropped for a reader that does not read. Only the first reason counts.</summary>
    public void Close(CloseCode code, (int Low, int High)? comeBack = null)
    {
        lock (gate)
        {
            if (closed is not null || Ended) return;
            (closed, closedAt) = (code, Math.Max(1, clock.GetTimestamp()));
        }
        var last = Frames.Close(code);
        Outbox.OfferLast(code.Code < 4000 ? last : Frames.Joined([Bye(code, comeBack ?? RangeOf(code)), last]), dropWaiting: code == CloseCode.SlowConsumer);
    }

    /// <summary>The other side closed: it is answered, and then it is over.</summary>
    public void CloseBack(int? code)
    {
        lock (gate)
        {
            ClosedByBoth = true;
            if (closed is not null || Ended) return;
            (closed, closedAt) = (CloseCode.Resync, Math.Max(1, clock.GetTimestamp()));
        }
        Outbox.OfferLast(Frames.CloseBack(code), dropWaiting: false);
    }

    public void End()
    {
        lock (gate) Ended = true;
        Outbox.End();
    }

    public bool Follows(FeedId feed)
    {
        lock (gate) return !Ended && feeds.ContainsKey(feed);
    }

    /// <summary>It is going to be attached to this feed. False: it is already.</summary>
    public bool Follow(FeedId feed)
    {
        lock (gate)
        {
            if (feeds.TryGetValue(feed, out var loose) && !loose) return false;
            feeds[feed] = false;
            return true;
        }
    }

    /// <summary>It may pull, and is attached again when it has reached the head. False: it did not follow.</summary>
    public bool Loosen(FeedId feed)
    {
        lock (gate)
        {
            if (!feeds.ContainsKey(feed)) return false;
            feeds[feed] = true;
            return true;
        }
    }

    /// <summary>It was loose, and has reached the head by itself: true for the one who attaches it again.</summary>
    public bool Tighten(FeedId feed)
    {
        lock (gate)
        {
            if (!feeds.TryGetValue(feed, out var loose) || !loose) return false;
            feeds[feed] = false;
            return true;
        }
    }

    public bool Forget(FeedId feed)
    {
        lock (gate) return feeds.Remove(feed);
    }

    public IReadOnlyList<FeedId> Following()
    {
        lock (gate) return [.. feeds.Keys];
    }

    /// <summary>Once a second: what has come too late, and whether to ask for a sign of life.</summary>
    public void Check(RealtimeOptions times, DateTimeOffset now)
    {
        if (closed is not null)
        {
            if (clock.GetElapsedTime(closedAt) > Goodbye) abort();
        }
        else if (Outbox.StalledSince is { } stalled && clock.GetElapsedTime(stalled) > times.Stall) Close(CloseCode.SlowConsumer);
        else if (AmidSince is { } amid && clock.GetElapsedTime(amid) > MostAmid) Close(CloseCode.BadFrame);
        else if (Who is null)
        {
            if (Carrier is Carrier.Socket && !Busy && clock.GetElapsedTime(OpenedAt) > times.Hello) Close(CloseCode.Late); // the others begin with it
        }
        else if (now >= Who.Token.ExpiresAt + Grace) Close(CloseCode.Expired);
        else if (Carrier is not Carrier.Socket) Beat(times);
        else if (pingedAt != 0)
        {
            if (clock.GetElapsedTime(pingedAt) > times.Pong && !Busy) Close(CloseCode.NoPong);
        }
        else if (clock.GetElapsedTime(HeardAt) > times.Ping && !Busy)
        {
            pingedAt = Math.Max(1, clock.GetTimestamp());
            Send(PingFrame);
        }
    }

    /// <summary>Nobody answers on a stream: the ping keeps the proxies between awake, and what is not acknowledged below us ends it. A poll is over before that.</summary>
    private void Beat(RealtimeOptions times)
    {
        if (Carrier is Carrier.Poll || clock.GetElapsedTime(HeardAt) <= times.Ping) return;
        Hear();
        Send(PingFrame);
    }

    private static readonly byte[] PingFrame = Frames.Text("""{"ev":"ping"}"""u8);

    private static byte[] Bye(CloseCode code, (int Low, int High)? range) => Frames.Text(Encoding.UTF8.GetBytes(
        $$"""{"ev":"bye","code":{{code.Code}},"reason":"{{code.Reason}}","retry_ms":{{(range is { } r ? $"[{r.Low},{r.High}]" : "null")}}}"""));

    private static (int, int)? RangeOf(CloseCode code) => code.Then switch
    {
        ComeBack.Later => (1_000, 10_000),
        ComeBack.AtOnce => (0, 2_000),
        _ => null,
    };
}
