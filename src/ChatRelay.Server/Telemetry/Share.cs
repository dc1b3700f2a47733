using System.Globalization;

namespace ChatRelay.Telemetry;

/// <summary>A part of a whole, from 0 to 1.</summary>
internal readonly record struct Share(double Value) : IParsable<Share>
{
    public static Share Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var share) ? share : throw new FormatException($"{s} is no number from 0 to 1");

    public static bool TryParse(string? s, IFormatProvider? provider, out Share result)
    {
        var read = double.TryParse(s, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1;
        result = new(read ? value : 0);
        return read;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
