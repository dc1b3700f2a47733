using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace ChatRelay.Outbound;

/// <summary>A URL's host by rules of our own: the framework's parser keeps full-width digits as a name that the socket then reads as an address.</summary>
internal abstract record HostText
{
    private HostText() { }

    public sealed record Name(string Text) : HostText;

    public sealed record Literal(IPAddress Address) : HostText;

    public static bool TryRead(string text, [NotNullWhen(true)] out HostText? host, [NotNullWhen(false)] out string? fault)
    {
        host = null;
        fault = null;
        if (text.StartsWith('[')) host = Bracketed(text, out fault);
        else if (EndsInNumber(text)) host = Quad(text, out fault);
        else if (IsName(text)) host = new Name(text.ToLowerInvariant());
        else fault = "The host has to be a name of ASCII letters, digits, '-' and '_', an IPv4 address, or an IPv6 address in brackets. An international name is written in its xn-- form.";
        return host is not null;
    }

    // A zone id (%eth0) would choose an interface of ours: not part of any URL.
    private static Literal? Bracketed(string text, out string? fault)
    {
        fault = null;
        if (text.EndsWith(']') && !text.Contains('%', StringComparison.Ordinal)
            && IPAddress.TryParse(text.AsSpan(1, text.Length - 2), out var address) && address.AddressFamily == AddressFamily.InterNetworkV6)
            return new(address);
        fault = "What stands in the brackets is not an IPv6 address.";
        return null;
    }

    // Decimal, octal, hex and short forms all reach the socket as an address: only one way of writing it is taken.
    private static Literal? Quad(string text, out string? fault)
    {
        fault = null;
        if (IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text) return new(address);
        fault = "An IPv4 address is written as four decimal numbers.";
        return null;
    }

    private static bool EndsInNumber(string text)
    {
        var last = text.AsSpan(text.LastIndexOf('.') + 1);
        if (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && last[2..].IndexOfAnyExcept(HexDigits) < 0) return true;
        return last.Length > 0 && last.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    private static bool IsName(string text) => text.Length is > 0 and <= 253 && text.Split('.').All(IsLabel);

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
