namespace ChatRelay.Deliveries;

/// <summary>For how long a scan over all lanes keeps its connection at a time: the lesser of the last two, since a database that was slow once is not slow.</summary>
internal readonly record struct ScanCost(TimeSpan Last, TimeSpan Before)
{
    /// <summary>From here on no claim may wait for it.</summary>
    public static readonly TimeSpan Dear = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);

    private TimeSpan Usual => Last < Before ? Last : Before;

    public bool IsDear => Usual >= Dear;

    /// <summary>Between two of them that run beside the claims: a fifth of the time may go into it, and a new lane has to be found soon all the same.</summary>
    public TimeSpan Rest => Usual * 4 < LongestRest ? Usual * 4 : LongestRest;

    public ScanCost After(TimeSpan took) => new(took, Last);
}
