using System.Globalization;

namespace ChatRelay.Settings;

/// <summary>Durations as people write them in a setting: a whole number and its unit.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan Size)[] Units =
        [("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1)), ("ms", TimeSpan.FromMilliseconds(1))];

    public static bool TryRead(string text, out TimeSpan value)
    {
        value = default;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits is <= 0 or > 9) return false;
        var unit = Array.Find(Units, known => known.Unit == text[digits..]);
        if (unit.Unit is null) return false;
        var count = long.Parse(text.AsSpan(0, digits), CultureInfo.InvariantCulture);
        if (count > TimeSpan.FromDays(36500) / unit.Size) return false; // a hundred years, and no overflow
        value = TimeSpan.FromTicks(count * unit.Size.Ticks);
        return true;
    }

    public static string Write(TimeSpan value)
    {
        var unit = Array.Find(Units, known => value.Ticks % known.Size.Ticks == 0 && value >= known.Size);
        return unit.Unit is null ? $"{(long)value.TotalMilliseconds}ms" : $"{value.Ticks / unit.Size.Ticks}{unit.Unit}";
    }
}
