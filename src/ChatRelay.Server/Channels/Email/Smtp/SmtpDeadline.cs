using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>What an attempt is busy with.</summary>
internal enum SmtpPhase { Place, Connect, Greeting, Opening, Envelope, Data, Answer }

/// <summary>
/// The attempt's time. No phase but the mail itself may take more than half of it, and the final answer has the last quarter to itself:
/// the dot is not sent when no time is left to hear what became of it.
/// </summary>
internal sealed class SmtpDeadline : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly TimeSpan _whole;
    private readonly long _began;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _over;
    private readonly ITimer _timer;
    private SmtpPhase _phase;

    public SmtpDeadline(TimeProvider clock, TimeSpan whole, CancellationToken caller)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(whole, TimeSpan.Zero);
        (_clock, _whole, _began, _caller) = (clock, whole, clock.GetTimestamp(), caller);
        _over = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _timer = clock.CreateTimer(static over => Expire((CancellationTokenSource)over!), _over, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _over.Token;

    public bool IsOver => _over.IsCancellationRequested;

    public void Enter(SmtpPhase phase)
    {
        _phase = phase;
        var left = LeftFor(phase, _clock.GetElapsedTime(_began), _whole);
        if (left <= TimeSpan.Zero) _over.Cancel();
        else _timer.Change(left, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long a phase that begins now may take.</summary>
    public static TimeSpan LeftFor(SmtpPhase phase, TimeSpan elapsed, TimeSpan whole)
    {
        if (phase is SmtpPhase.Answer) return whole - elapsed;
        var beforeTheDot = (whole * 3 / 4) - elapsed;
        return phase is SmtpPhase.Data || beforeTheDot < whole / 2 ? beforeTheDot : whole / 2;
    }

    /// <summary>The time-out as a failure; the caller's own cancellation passes on.</summary>
    public OutboundFailure Passed()
    {
        _caller.ThrowIfCancellationRequested();
        return new(Outcome.Timeout, BytesLeft: false, _phase switch
        {
            SmtpPhase.Place => "No connection to the server became free in time.",
            SmtpPhase.Connect => "The server did not take the connection in time.",
            SmtpPhase.Greeting => "The server did not greet in time.",
            SmtpPhase.Opening => "The session was not open in time.",
            SmtpPhase.Envelope => "The server did not answer the envelope in time.",
            SmtpPhase.Data => "The server did not read the mail in time.",
            _ => "The server did not answer after the final dot in time.",
        });
    }

    // A timer that fires at the very end runs beside Dispose; what it would throw on its own thread would end the process.
    private static void Expire(CancellationTokenSource over)
    {
        try
        {
            over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The attempt was over first.
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _over.Dispose();
    }
}
