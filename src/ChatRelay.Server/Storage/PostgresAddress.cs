using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace ChatRelay.Storage;

/// <summary>A PostgreSQL login, read from a URL or from keywords. It prints without its password.</summary>
internal sealed record PostgresAddress(string ConnectionString) : IParsable<PostgresAddress>
{
    public override string ToString()
    {
        var parts = new NpgsqlConnectionStringBuilder(ConnectionString);
        return $"{parts.Username}@{parts.Host}:{parts.Port}/{parts.Database}";
    }

    public static PostgresAddress Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var address) ? address : throw new FormatException("not a PostgreSQL address");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out PostgresAddress result)
    {
        result = null;
        try
        {
            var parts = s is null ? null
                : s.StartsWith("postgres://", StringComparison.Ordinal) || s.StartsWith("postgresql://", StringComparison.Ordinal) ? OfUrl(new Uri(s.Replace(":///", "://socket/", StringComparison.Ordinal)))
                : new NpgsqlConnectionStringBuilder(s);
            if (parts is { Host.Length: > 0, Database.Length: > 0 }) result = new PostgresAddress(parts.ConnectionString);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Not an address: the reader says what is expected.
        }
        return result is not null;
    }

    // libpq's form. `?host=/run/…` names a socket folder, other parameters are Npgsql's keywords with or without underscores.
    private static NpgsqlConnectionStringBuilder OfUrl(Uri url)
    {
        var user = url.UserInfo.Split(':', 2);
        var parts = new NpgsqlConnectionStringBuilder { Host = url.Host.Trim('[', ']'), Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')) };
        if (url.Port > 0) parts.Port = url.Port;
        if (user[0].Length > 0) parts.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2) parts.Password = Uri.UnescapeDataString(user[1]);
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var key, var text] ? (key, Uri.UnescapeDataString(text)) : (pair, "");
            if (name is "channel_binding") parts.ChannelBinding = Enum.Parse<ChannelBinding>(value, ignoreCase: true);
            else if (name is "sslmode") parts.SslMode = Enum.Parse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
            else if (name is "user") parts.Username = value;
            else parts[name.Replace('_', ' ')] = value;
        }
        return parts;
    }
}
