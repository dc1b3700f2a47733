using System.Buffers;
using System.Collections.Frozen;

namespace ChatRelay.Outbound;

/// <summary>Which headers of a tenant's own may be sent: none that frames the message, names the host, or is the relay's to say.</summary>
internal static class OutboundHeaders
{
    public const int MaxNameLength = 100, MaxValueLength = 4096;

    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly FrozenSet<string> Reserved = FrozenSet.ToFrozenSet(
    [
        "connection", "content-encoding", "content-length", "content-type", "cookie", "expect", "host", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "webhook-id", "webhook-signature", "webhook-timestamp",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>Null when the header may be sent; else what is wrong with it.</summary>
    public static string? Fault(string name, string value)
    {
        if (name.Length is 0 or > MaxNameLength || name.AsSpan().IndexOfAnyExcept(Token) >= 0) return "The name is not that of a header.";
        if (Reserved.Contains(name)) return "This header is the relay's own.";
        if (value.Length > MaxValueLength || value.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0) return $"A value has up to {MaxValueLength} visible ASCII characters.";
        return TryAdd(name, value) ? null : "The value is not one that this header can have.";
    }

    // The framework knows the grammar of well-known headers; asked here, so that it cannot object when the call is made.
    private static bool TryAdd(string name, string value)
    {
        using var scratch = new HttpRequestMessage();
        try
        {
            scratch.Headers.Add(name, value);
            return true;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return false;
        }
    }
}
