using System.Globalization;

namespace ChatRelay.Chaos.Load;

/// <summary>A 202 for one item, as a client wrote it down.</summary>
/// <param name="Delivery">null where the answer names none: a batch</param>
/// <param name="Unheard">tries before it whose answer was lost</param>
/// <param name="Replayed">the answer was the kept one of an earlier try</param>
internal sealed record Ack(long Item, string Notification, string? Delivery, DateTimeOffset At, int Unheard, bool Replayed)
{
    public string Line => string.Create(CultureInfo.InvariantCulture, $"{Item} {Notification} {Delivery ?? "-"} {At.ToUnixTimeMilliseconds()} {Unheard} {(Replayed ? 1 : 0)}");

    public static Ack Read(string line)
    {
        var parts = line.Split(' ');
        return new(Number(parts[0]), parts[1], parts[2] == "-" ? null : parts[2], DateTimeOffset.FromUnixTimeMilliseconds(Number(parts[3])), (int)Number(parts[4]), parts[5] == "1");
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>One request that reached a receiver, as it wrote it down before it answered.</summary>
internal sealed record Arrival(long Item, string Delivery, int Answered, DateTimeOffset At)
{
    public string Line => string.Create(CultureInfo.InvariantCulture, $"{Item} {Delivery} {Answered} {At.ToUnixTimeMilliseconds()}");

    public bool Taken => Answered is >= 200 and < 300;

    public static Arrival Read(string line)
    {
        var parts = line.Split(' ');
        return new(long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture),
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[3], CultureInfo.InvariantCulture)));
    }
}
