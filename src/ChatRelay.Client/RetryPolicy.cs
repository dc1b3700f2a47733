namespace ChatRelay.Client;

/// <summary>How one try ended: with a status, or without an answer.</summary>
internal readonly record struct Tried(int? Status, bool Retryable, TimeSpan? RetryAfter);

/// <summary>Whether a call is tried again, and after how long. Pure: chance is passed in.</summary>
internal static class RetryPolicy
{
    /// <param name="options">Its bounds.</param>
    /// <param name="attempt">How many tries there were.</param>
    /// <param name="tried">How the last one ended.</param>
    /// <param name="repeatable">Doing it twice is doing it once.</param>
    /// <param name="chance">From 0 to below 1.</param>
    /// <returns>The wait; null to give up.</returns>
    public static TimeSpan? Decide(RelayOptions options, int attempt, Tried tried, bool repeatable, double chance)
    {
        if (attempt >= options.Attempts || !MayHelp(tried)) return null;
        if (!repeatable && tried.Status != 429) return null; // only what was turned away at the door was surely not done
        var spread = chance * Math.Min(options.LongestWait.TotalMilliseconds, options.FirstWait.TotalMilliseconds * Math.Pow(2, attempt - 1));
        if (tried.RetryAfter is not { } asked) return TimeSpan.FromMilliseconds(spread);
        // Not all at the same moment when the time is over.
        return asked > options.LongestWait ? null : asked + TimeSpan.FromMilliseconds(chance * options.FirstWait.TotalMilliseconds);
    }

    private static bool MayHelp(Tried tried) => tried.Status is null or 408 or 429 or >= 500 || tried.Retryable;
}
