using System.Globalization;
using ChatRelay.Http.Json;

namespace ChatRelay.Console;

/// <summary>Figures as people read them.</summary>
internal static class Readable
{
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>The two largest units, rounded down.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "0 s",
        { TotalMinutes: < 1 } => $"{(int)span.TotalSeconds} s",
        { TotalHours: < 1 } => $"{span.Minutes} min{Rest(span.Seconds, "s")}",
        { TotalDays: < 1 } => $"{span.Hours} h{Rest(span.Minutes, "min")}",
        _ => $"{(int)span.TotalDays} d{Rest(span.Hours, "h")}",
    };

    public static string Size(long bytes)
    {
        string[] units = ["B", "KB", "MB", "GB", "TB", "PB"];
        var (size, unit) = ((double)bytes, 0);
        while (size >= 1024 && unit < units.Length - 1) (size, unit) = (size / 1024, unit + 1);
        return unit == 0 ? $"{bytes} B" : $"{size.ToString("0.0", CultureInfo.InvariantCulture)} {units[unit]}";
    }

    /// <summary>A count that was stopped at a bound.</summary>
    public static string Count(long count, int bound) => count > bound ? $"{Count(bound)}+" : Count(count);

    /// <summary>A rate or the like: three digits that matter.</summary>
    public static string Figure(double value) => value switch
    {
        0 => "0",
        < 10 => value.ToString("0.##", CultureInfo.InvariantCulture),
        < 100 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => Count((long)Math.Round(value)),
    };

    /// <summary>A short time, down to milliseconds.</summary>
    public static string Seconds(double seconds) => seconds < 1 ? $"{Math.Round(seconds * 1000)} ms" : seconds < 60 ? $"{Figure(seconds)} s" : Span(TimeSpan.FromSeconds(seconds));

    /// <summary>The commit's first seven letters are enough to tell builds apart.</summary>
    public static string Version(string version) => version.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus && version.Length > plus + 8 ? version[..(plus + 8)] : version;

    /// <summary>A tenant's words where no element can set them apart, as in a label or an option: what turns the direction of writing is left out.</summary>
    public static string? OneWay(string? words) =>
        words.AsSpan().ContainsAny(TextAttribute.Turning) ? string.Concat(words!.Where(c => !TextAttribute.Turning.Contains(c))) : words;

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Rest(int amount, string unit) => amount == 0 ? "" : $" {amount} {unit}";
}
