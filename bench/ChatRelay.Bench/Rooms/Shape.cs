namespace ChatRelay.Bench.Rooms;

/// <summary>Who reads what: so many readers over so many rooms, each in one or two of them.</summary>
internal sealed record Shape(int Readers, int Rooms, bool InTwo = false)
{
    public int EachMessage => Readers * (InTwo ? 2 : 1) / Rooms;

    public int[] RoomsOf(int reader) => InTwo ? [reader % Rooms, (reader + (Rooms / 2)) % Rooms] : [reader % Rooms];

    public override string ToString() => Rooms == 1 ? $"one room of {Readers:n0}" : $"{Rooms:n0} rooms of {EachMessage:n0}";
}
