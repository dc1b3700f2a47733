using System.Diagnostics.CodeAnalysis;
using System.Net;
using ChatRelay.Outbound;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>What stands behind EHLO: a host name, or an address literal.</summary>
internal sealed record HeloName : IParsable<HeloName>
{
    /// <summary>Says nothing of the network that the node stands in, and is what mail programs without a name say.</summary>
    public static readonly HeloName Loopback = new("[127.0.0.1]");

    private HeloName(string text) => Text = text;

    public string Text { get; }

    public override string ToString() => Text;

    public static HeloName Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var name) ? name : throw new FormatException("not a name for EHLO");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out HeloName result)
    {
        result = null;
        if (s is ['[', .. var inside, ']'] ? !IPAddress.TryParse(inside.StartsWith("IPv6:", StringComparison.Ordinal) ? inside[5..] : inside, out _)
            : s is null || !HostText.TryRead(s, out var host, out _) || host is not HostText.Name) return false;
        result = new(s);
        return true;
    }
}
