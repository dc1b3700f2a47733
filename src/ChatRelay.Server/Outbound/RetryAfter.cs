using System.Globalization;
using System.Net.Http.Headers;

namespace ChatRelay.Outbound;

/// <summary>How long the far end asks to be left alone: seconds, or a date.</summary>
internal static class RetryAfter
{
    public static TimeSpan? Of(OutboundReply reply, DateTimeOffset now)
    {
        foreach (var (name, value) in reply.Headers)
            if (name.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)) return Of(value.Trim(), now);
        return null;
    }

    private static TimeSpan? Of(string value, DateTimeOffset now)
    {
        // A number too large to count is still a wish to wait long; the policy has the upper bound.
        if (value.Length > 0 && value.All(char.IsAsciiDigit))
            return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromSeconds(int.MaxValue);
        if (!RetryConditionHeaderValue.TryParse(value, out var read) || read.Date is not { } date) return null;
        return date > now ? date - now : TimeSpan.Zero;
    }
}
