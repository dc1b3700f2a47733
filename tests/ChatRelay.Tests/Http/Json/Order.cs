using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Http.Json;

internal enum Pace
{
    Slow,
    VeryFast,
}

/// <summary>A request that has one of everything.</summary>
internal sealed record Order : IRuled
{
    [Text(2, 10), Note("What it is called.", Example = "\"chair\"")]
    public required string Name { get; init; }

    [ExternalId] public string? ExternalId { get; init; }
    [Between(1, 30)] public int Count { get; init; } = 3;
    public long Big { get; init; }
    [Between(0.5, 2)] public double Ratio { get; init; } = 1;
    public decimal Price { get; init; }
    public bool Urgent { get; init; }
    public Pace Pace { get; init; } = Pace.VeryFast;
    public NotificationId? Follows { get; init; }
    public DateTimeOffset? At { get; init; }
    [MaxBytes(20)] public RawJson? Data { get; init; }
    [MaxBytes(4)] public byte[]? Bytes { get; init; }
    [Items(1, 3), Unique, Text(1, 5)] public IReadOnlyList<string> Tags { get; init; } = ["one"];
    [Items(0, 2), Keys(1, 4), Between(0, 9)] public IReadOnlyDictionary<string, int>? Counts { get; init; }
    [Text(0, 40, Lines = true)] public string? Memo { get; init; }
    public Part? Part { get; init; }
    public IReadOnlyList<Part> Parts { get; init; } = [];
    public Way? Way { get; init; }

    public void Check(Faults faults)
    {
        if (Urgent && Pace == Pace.Slow) faults.Add("pace", FaultCodes.NotAllowed, "Urgent orders are not slow.");
    }
}

/// <summary>Holds itself.</summary>
internal sealed record Part(string Label, int Weight = 7, Part? Inner = null);

/// <summary>A closed union.</summary>
[Union("type")]
internal abstract record Way
{
    private Way() { }

    public sealed record ByRoad : Way
    {
        public required int Wheels { get; init; }
    }

    [Case("ship")]
    public sealed record BySea([Text(1, 5)] string Port) : Way;
}

internal sealed record OrderPatch
{
    [Text(1, 5)] public Change<string> Name { get; init; }
    [Text(1, 5)] public Change<string?> Memo { get; init; }
    public Change<int?> Count { get; init; }
    public Change<IReadOnlyList<string>> Tags { get; init; }
}
