using System.IO.Pipelines;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.TestKit;
using ChatRelay.UserTokens;

namespace ChatRelay.Tests.Realtime;

/// <summary>What the pass over all sockets finds in one of them, by a clock that stands still.</summary>
public sealed class SocketConnectionTests
{
    private readonly FakeClock clock = new();
    private readonly RealtimeOptions times = new();
    private readonly SocketConnection connection;

    public SocketConnectionTests() => connection = Open(Carrier.Socket);

    private SocketConnection Open(Carrier carrier) =>
        new(Guid.NewGuid(), new Outbox(new SocketSink(new Pipe().Writer), new OutboxBudget(times), times.MostWaiting, clock), null, new TokenBucket(1, clock.GetUtcNow()), clock, static () => { }) { Carrier = carrier };

    private void KnownFor(TimeSpan life, SocketConnection? other = null)
    {
        var now = clock.GetUtcNow();
        var token = new UserToken(RelayId.New<TenantId>(now), TenantEnvironment.Live, "t", now, now + life) { User = "ann" };
        (other ?? connection).Know(new Verified(Guid.NewGuid(), token), new Caller(Guid.NewGuid(), token.Tenant, token.Environment, default, Scope.None, default!) { User = token });
    }

    private int? After(double seconds, bool heard = true)
    {
        clock.Advance(TimeSpan.FromSeconds(seconds));
        if (heard) connection.Hear();
        connection.Check(times, clock.GetUtcNow());
        return connection.Closed?.Code;
    }

    [Fact]
    public void Half_a_message_that_does_not_end_within_ten_seconds_is_a_bad_frame()
    {
        KnownFor(TimeSpan.FromHours(1));
        connection.AmidSince = clock.GetTimestamp();
        Assert.Null(After(10));
        Assert.Equal(4000, After(0.1));
    }

    [Fact]
    public void A_message_that_ended_in_time_and_the_next_one_are_two()
    {
        KnownFor(TimeSpan.FromHours(1));
        connection.AmidSince = clock.GetTimestamp();
        Assert.Null(After(9));
        connection.AmidSince = clock.GetTimestamp();
        Assert.Null(After(9));
        Assert.Equal(4000, After(2));
    }

    [Fact]
    public void Twenty_five_seconds_after_its_tokens_end_a_socket_is_closed_unless_it_brought_another()
    {
        KnownFor(TimeSpan.FromSeconds(60));
        Assert.Null(After(80)); // 20 s past it
        Assert.Equal(4010, After(6));
    }

    [Fact]
    public void A_token_that_is_brought_within_that_time_goes_on()
    {
        KnownFor(TimeSpan.FromSeconds(60));
        Assert.Null(After(80));
        KnownFor(TimeSpan.FromSeconds(60)); // refreshed
        Assert.Null(After(6));
        Assert.Equal(4010, After(80));
    }

    [Fact]
    public void Who_says_nothing_for_its_time_is_asked_and_then_closed()
    {
        KnownFor(TimeSpan.FromHours(1));
        Assert.Null(After(26, heard: false));
        Assert.Null(After(8, heard: false));
        Assert.Equal(4201, After(0.1, heard: false));
    }

    [Fact]
    public void Who_never_says_who_it_is_is_closed()
    {
        Assert.Null(After(10));
        connection.Busy = true; // its hello is here, and waits for its turn
        Assert.Null(After(1));
        connection.Busy = false;
        Assert.Equal(4104, After(0));
    }

    [Fact]
    public void A_stream_is_sent_a_sign_of_life_and_asked_for_none_and_a_poll_neither()
    {
        var (stream, poll) = (Open(Carrier.Stream), Open(Carrier.Poll));
        foreach (var one in (SocketConnection[])[stream, poll]) KnownFor(TimeSpan.FromHours(1), one);
        foreach (var seconds in (int[])[26, 9, 17])
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            foreach (var one in (SocketConnection[])[stream, poll]) one.Check(times, clock.GetUtcNow());
        }
        Assert.Equal((null, null), (stream.Closed, poll.Closed));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(52)), (clock.GetElapsedTime(stream.HeardAt), clock.GetElapsedTime(poll.HeardAt)));
    }

    [Fact]
    public void A_stream_ends_after_its_tokens_end_too()
    {
        var stream = Open(Carrier.Stream);
        KnownFor(TimeSpan.FromSeconds(60), stream);
        clock.Advance(TimeSpan.FromSeconds(86));
        stream.Check(times, clock.GetUtcNow());
        Assert.Equal(4010, stream.Closed?.Code);
    }
}
