using System.Diagnostics.CodeAnalysis;

namespace ChatRelay.Settings;

/// <summary>Where a Redis is: `host:port`, or a URL when it has a password or speaks TLS. Printed without its password.</summary>
internal sealed record RedisAddress(string Host, int Port, bool Tls, Secret? Password) : IParsable<RedisAddress>
{
    public override string ToString() => $"{(Tls ? "rediss" : "redis")}://{Host}:{Port}";

    public static RedisAddress Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var parsed) ? parsed : throw new FormatException("not the address of a Redis");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out RedisAddress result)
    {
        result = null;
        if (s is null) return false;
        if (!s.Contains("://", StringComparison.Ordinal)) return HostAndPort.TryParse(s, provider, out var plain) && (result = new(plain.Host, plain.Port, Tls: false, Password: null)) is not null;
        if (!Uri.TryCreate(s, UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss") || url.Host.Length == 0 || url.PathAndQuery is not ("" or "/") || url.Fragment.Length > 0) return false;
        // The client knows no user of an ACL (docs/operations.md): `default` is who comes with a password alone.
        var colon = url.UserInfo.IndexOf(':', StringComparison.Ordinal);
        if (url.UserInfo.Length > 0 && (colon < 0 || url.UserInfo[..colon] is not ("" or "default"))) return false;
        result = new(url.Host.Trim('[', ']'), url.Port > 0 ? url.Port : 6379, url.Scheme == "rediss", colon < 0 ? null : new(Uri.UnescapeDataString(url.UserInfo[(colon + 1)..])));
        return true;
    }
}
