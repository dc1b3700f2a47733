using System.Globalization;
using System.Net;

namespace ChatRelay.Outbound;

/// <summary>A URL that may be called, as far as can be known before it is dialled; or why not, as the answer `destination_forbidden` says it.</summary>
internal abstract record OutboundUrl
{
    public const int MaxLength = 2048;

    private OutboundUrl() { }

    /// <summary>Origin: scheme, host and, where it is not the scheme's own, port. Secrets and lanes hang on it.</summary>
    public sealed record Allowed(Uri Url, string Origin, Destination To) : OutboundUrl;

    public sealed record Forbidden(string Detail) : OutboundUrl;

    public static OutboundUrl Check(string text, OutboundPolicy policy, OutboundUse use, OutboundAllow tenant)
    {
        if (text.Length is 0 or > MaxLength) return new Forbidden($"A URL has 1 to {MaxLength} characters.");
        // A backslash is a slash to some parsers and not to others.
        if (text.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || text.Contains('\\', StringComparison.Ordinal))
            return new Forbidden("A URL has visible ASCII characters only, and no backslash; everything else is percent-encoded.");

        var tls = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!tls && !text.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) return new Forbidden("The scheme has to be https, or http where it is allowed.");

        // (1) the authority, cut out of the text itself and not taken from a parser that repairs it
        var start = tls ? 8 : 7;
        var end = text.AsSpan(start).IndexOfAny("/?#") is >= 0 and var found ? start + found : text.Length;
        var authority = text[start..end];
        if (authority.Contains('@', StringComparison.Ordinal)) return new Forbidden("User names and passwords in a URL are not taken.");

        // (2) host and port
        var colon = authority.IndexOf(':', authority.StartsWith('[') ? Math.Max(authority.IndexOf(']', StringComparison.Ordinal), 0) : 0);
        var port = tls ? 443 : 80;
        if (colon >= 0 && !TryReadPort(authority.AsSpan(colon + 1), out port)) return new Forbidden("The port has to be a number from 1 to 65535.");
        var hostText = colon >= 0 ? authority[..colon] : authority;
        if (!HostText.TryRead(hostText, out var host, out var fault)) return new Forbidden(fault);

        // (3) what can be judged now: a literal wholly, a name by its port
        var to = new Destination(host is HostText.Literal { Address: var address } ? address.ToString() : hostText.ToLowerInvariant(), port, tls, use);
        if (!policy.MayReach(host, to, tenant)) return new Forbidden(host is HostText.Literal ? "The address, or its port, is not one that the relay calls." : "The host, or its port, is not one that the relay calls.");

        // (4) the framework's reading has to be the same as ours, since it is the one that is dialled
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Port != port || !SameHost(url, to.Host)) return new Forbidden("The URL can be read in more than one way.");
        return new Allowed(url, OriginOf(url), to);
    }

    public static string OriginOf(Uri url) => url.IsDefaultPort ? $"{url.Scheme}://{url.Host}" : $"{url.Scheme}://{url.Host}:{url.Port}";

    private static bool SameHost(Uri url, string host) =>
        string.Equals(url.IdnHost, host, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(url.IdnHost, out var read) && IPAddress.TryParse(host, out var ours) && read.Equals(ours));

    private static bool TryReadPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535 && text[0] != '0';
}
