namespace ChatRelay.Deliveries;

/// <summary>What a target's breaker lets through.</summary>
internal enum BreakerState { Closed, Open, HalfOpen }

/// <summary>
/// A breaker and the ramp that follows it, as a value shared by all nodes. Closed: all may pass. Open: nobody, until a time.
/// Half open: one claimed delivery probes; then 1, 2, 4, … at once until the cap is reached, and a few failures in a row open it again.
/// </summary>
/// <param name="Failures">failures in a row while closed</param>
/// <param name="Opened">times opened in a row: each wait is twice the last</param>
/// <param name="Until">open: when a probe may go; half open: when a silent probe is given up</param>
/// <param name="Ramp">how many may be in flight; 0 means no limit</param>
/// <param name="Good">successes at this height of the ramp</param>
internal readonly record struct Breaker(BreakerState State, int Failures, int Opened, DateTimeOffset Until, int Ramp, int Good)
{
    public const int Threshold = 10;
    public const int RampThreshold = 3;
    public const int RampCap = 64;
    public static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(60);

    public static readonly Breaker Closed;

    /// <summary>A target that nobody knows yet: it shows with a few that it answers, before it gets many.</summary>
    public static readonly Breaker Unknown = Closed with { Ramp = 8 };

    /// <summary>How many more may be taken now, with so many in flight.</summary>
    public int MayTake(int inFlight, DateTimeOffset now) => State switch
    {
        BreakerState.Closed => Ramp == 0 ? int.MaxValue : Math.Max(0, Ramp - inFlight),
        _ => now >= Until || Until - now > Longest ? 1 : 0, // the probe; one that never came back is given up after its time
    };

    // More than it may ever be: the clock was set back meanwhile.
    private TimeSpan Longest => State is BreakerState.Open ? Wait(Opened - 1, chance: 1) : ProbeTime;

    /// <summary>Something was taken: from a breaker that is not closed it is the probe.</summary>
    public Breaker Taken(DateTimeOffset now) =>
        State is BreakerState.Closed ? this : this with { State = BreakerState.HalfOpen, Until = now + ProbeTime };

    public Breaker Succeeded() => State switch
    {
        BreakerState.Closed when Ramp == 0 => Failures == 0 ? this : Closed,
        BreakerState.Closed => Good + 1 < Ramp ? this with { Good = Good + 1, Failures = 0 }
            : Ramp * 2 > RampCap ? Closed
            : this with { Ramp = Ramp * 2, Good = 0, Failures = 0 },
        _ => this with { State = BreakerState.Closed, Failures = 0, Ramp = 1, Good = 0 },
    };

    /// <param name="chance">0 to 1: spreads the probes of many breakers</param>
    public Breaker Failed(DateTimeOffset now, double chance) => State switch
    {
        BreakerState.Closed when Failures + 1 < MostFailures => this with { Failures = Failures + 1 },
        BreakerState.Open => this, // a straggler that was in flight when it opened
        _ => new(BreakerState.Open, 0, Opened + 1, now + Wait(Opened, chance), 0, 0),
    };

    // One bad answer among many good ones is no collapse: a receiver that fails now and then would never get to the top of its ramp.
    private int MostFailures => Ramp switch { 0 => Threshold, 1 => 1, _ => RampThreshold };

    private static TimeSpan Wait(int opened, double chance)
    {
        var wait = FirstWait * Math.Pow(2, Math.Min(opened, 10));
        return (wait < LongestWait ? wait : LongestWait) * (0.8 + (0.4 * chance));
    }
}
