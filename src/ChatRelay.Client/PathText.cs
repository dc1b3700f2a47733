using System.Globalization;
using System.Text;

namespace ChatRelay.Client;

/// <summary>Puts a path and its query together; what is null is left out.</summary>
internal static class PathText
{
    /// <summary>One segment. A `.` or `..` would be taken away on the way, so it is refused here.</summary>
    public static string Segment(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        if (value is "." or "..") throw new ArgumentException("A name is neither . nor ..", nameof(value));
        return Uri.EscapeDataString(value);
    }

    public static string With(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var text = new StringBuilder(path);
        var mark = '?';
        foreach (var (name, value) in query)
        {
            if (value is null) continue;
            text.Append(mark).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            mark = '&';
        }
        return text.ToString();
    }

    public static string? Of(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    public static string? Of(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);
}
