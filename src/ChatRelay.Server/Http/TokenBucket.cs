namespace ChatRelay.Http;

/// <summary>A bucket that refills steadily. The time and the limit are passed in, so that a change of either is only a number.</summary>
internal sealed class TokenBucket(double full, DateTimeOffset now)
{
    private readonly Lock gate = new();
    private double tokens = full;
    private DateTimeOffset at = now;

    public DateTimeOffset LastUsed => at;

    /// <summary>Takes one token; otherwise says how long until there is one.</summary>
    public TakeResult TryTake(double perSecond, double burst, DateTimeOffset now)
    {
        lock (gate)
        {
            tokens = Math.Min(burst, tokens + (Math.Max(0, (now - at).TotalSeconds) * perSecond));
            at = now;
            if (tokens < 1) return new(false, 0, TimeSpan.FromSeconds((1 - tokens) / perSecond));
            tokens -= 1;
            return new(true, (int)tokens, TimeSpan.Zero);
        }
    }

    public readonly record struct TakeResult(bool Taken, int Left, TimeSpan Wait);
}
