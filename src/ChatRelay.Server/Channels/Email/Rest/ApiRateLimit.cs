using System.Globalization;
using ChatRelay.Outbound;

namespace ChatRelay.Channels.Email.Rest;

/// <summary>How long an API asks to be left alone: Retry-After, or else the time at which X-RateLimit-Reset says that the next window begins.</summary>
internal static class ApiRateLimit
{
    private const long FirstMoment = 1_000_000_000; // less is a span of seconds
    private const long FirstMilliseconds = 100_000_000_000;

    public static TimeSpan? WaitOf(OutboundReply reply, DateTimeOffset now) => RetryAfter.Of(reply, now) ?? ResetOf(reply, now);

    private static TimeSpan? ResetOf(OutboundReply reply, DateTimeOffset now)
    {
        if (!long.TryParse(ApiAnswer.Header(reply, "X-RateLimit-Reset")?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var reset)) return null;
        if (reset < FirstMoment) return TimeSpan.FromSeconds(reset);
        var milliseconds = reset < FirstMilliseconds ? reset * 1000 : reset;
        var wait = milliseconds - now.ToUnixTimeMilliseconds();
        // Whatever lies beyond a day is no window of any provider, but a wish to wait long all the same; the policy has the upper bound.
        return TimeSpan.FromMilliseconds(Math.Clamp(wait, 0, TimeSpan.MillisecondsPerDay));
    }
}
