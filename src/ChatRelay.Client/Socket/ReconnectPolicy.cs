using ChatRelay.Protocol;

namespace ChatRelay.Client;

/// <summary>Whether a socket comes back after a close, and after how long. Pure: chance is passed in.</summary>
internal static class ReconnectPolicy
{
    /// <summary>Full jitter: after a restart not everybody knocks at once. A range that the relay gave goes first.</summary>
    public static TimeSpan PauseBefore(int attempt, (double Low, double High)? hint, RelaySocketOptions options, double chance) => TimeSpan.FromMilliseconds(
        hint is var (low, high)
            ? low + (chance * Math.Max(0, high - low))
            : chance * Math.Min(options.LongestPause.TotalMilliseconds, options.FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 30))));

    /// <summary>
    /// As the relay's table says, with two differences: a token that ended or was refused is replaced by a new one, and a message
    /// that stood still may be the network's doing.
    /// </summary>
    public static bool ComesBack(int? code) =>
        code is null
        || code == CloseCode.Expired.Code || code == CloseCode.BadToken.Code || code == CloseCode.BadFrame.Code
        || CloseCode.All.FirstOrDefault(c => c.Code == code) is not { Then: ComeBack.Never };
}
