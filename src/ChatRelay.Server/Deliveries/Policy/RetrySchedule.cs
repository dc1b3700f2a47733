namespace ChatRelay.Deliveries;

/// <summary>When the next round comes. The default is jittered; a tenant's or an endpoint's own is followed as written.</summary>
internal sealed record RetrySchedule
{
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(10);
    public static readonly TimeSpan OverloadedWait = TimeSpan.FromSeconds(60);
    public const double Jitter = 0.2;

    public static readonly RetrySchedule Default = new(
        [TimeSpan.Zero, Seconds(5), Minutes(5), Minutes(30), Hours(2), Hours(5), Hours(10), Hours(10)], isDefault: true);

    private RetrySchedule(IReadOnlyList<TimeSpan> waits, bool isDefault) => (Waits, IsDefault) = (waits, isDefault);

    public IReadOnlyList<TimeSpan> Waits { get; }
    public bool IsDefault { get; }

    /// <summary>How many rounds there are in all, the first included.</summary>
    public int Rounds => Waits.Count;

    public static RetrySchedule Own(IReadOnlyList<int> seconds) => new([.. seconds.Select(s => Seconds(s))], isDefault: false);

    /// <summary>The wait after so many rounds, or null when the schedule is used up.</summary>
    /// <param name="rounds">rounds that have ended, 1 after the first</param>
    /// <param name="attempts">attempts that have ended</param>
    /// <param name="overloaded">429, 502, 503, 504 or a time-out</param>
    /// <param name="retryAfter">what the far end asked for</param>
    /// <param name="chance">0 to 1</param>
    public TimeSpan? After(int rounds, int attempts, bool overloaded, TimeSpan? retryAfter, double chance)
    {
        if (rounds >= Rounds) return null;
        var wait = Waits[rounds];
        if (IsDefault)
        {
            wait *= 1 - Jitter + (2 * Jitter * chance);
            if (overloaded && attempts >= 2 && wait < OverloadedWait) wait = OverloadedWait;
        }
        return Lengthened(wait, retryAfter);
    }

    // The far end may ask for more time, never for less, and not for ever.
    private static TimeSpan Lengthened(TimeSpan wait, TimeSpan? retryAfter)
    {
        if (retryAfter is not { } asked) return wait;
        if (asked > LongestRetryAfter) asked = LongestRetryAfter;
        return asked > wait ? asked : wait;
    }

    private static TimeSpan Seconds(int n) => TimeSpan.FromSeconds(n);
    private static TimeSpan Minutes(int n) => TimeSpan.FromMinutes(n);
    private static TimeSpan Hours(int n) => TimeSpan.FromHours(n);
}
