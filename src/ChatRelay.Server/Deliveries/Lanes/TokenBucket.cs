namespace ChatRelay.Deliveries;

/// <summary>A rate, and how much of it may come at once.</summary>
internal readonly record struct Rate(double PerSecond, double Burst)
{
    /// <summary>A node's part of a limit that all nodes share; set anew at each heartbeat.</summary>
    public Rate ShareOf(int liveNodes) => new(PerSecond / Math.Max(1, liveNodes), Math.Max(1, Burst / Math.Max(1, liveNodes)));

    /// <summary>A limit without a burst of its own: a second's worth, and always at least one.</summary>
    public static Rate Of(double perSecond) => new(perSecond, Math.Max(1, perSecond));
}

/// <summary>A token bucket as a value: looking at it later, or taking from it, gives the next one.</summary>
internal readonly record struct TokenBucket(double Tokens, DateTimeOffset At)
{
    // Sums of small steps end a hair below a whole token; a hair is not worth a wait.
    private const double Hair = 1e-9;

    public static TokenBucket Full(Rate rate, DateTimeOffset at) => new(rate.Burst, at);

    /// <summary>A clock that was set back gives nothing and takes nothing.</summary>
    public TokenBucket Later(Rate rate, DateTimeOffset now) => now <= At
        ? this with { Tokens = Math.Min(Tokens, rate.Burst) }
        : new(Math.Min(rate.Burst, Tokens + ((now - At).TotalSeconds * rate.PerSecond)), now);

    public int Whole => (int)Math.Floor(Tokens + Hair);

    public TokenBucket Less(int taken) => this with { Tokens = Math.Max(0, Tokens - taken) };

    public TokenBucket More(double given, Rate rate) => this with { Tokens = Math.Min(rate.Burst, Tokens + given) };

    /// <summary>How long until there is a whole token, seen from its own time.</summary>
    public TimeSpan UntilNext(Rate rate) => Tokens + Hair >= 1 ? TimeSpan.Zero
        : rate.PerSecond <= 0 ? TimeSpan.MaxValue
        : TimeSpan.FromSeconds((1 - Tokens) / rate.PerSecond);
}
