namespace ChatRelay.Deliveries;

/// <summary>A pause between two looks, on a clock that follows the database's: one that is set back does not make it longer.</summary>
internal readonly record struct Pause(DateTimeOffset Since, TimeSpan Length)
{
    public bool IsOver(DateTimeOffset now) => now < Since || now - Since >= Length;
}
