namespace ChatRelay.Secrets;

/// <summary>What a rotation did so far.</summary>
internal sealed record RotationReport(int Key)
{
    private const int MostNamed = 20;
    private readonly HashSet<string> closed = []; // a second walk meets the same values again

    public int DataKeys { get; private set; }

    public int Cells { get; private set; }

    public int Closed => closed.Count;

    /// <summary>Some of what could not be opened. It was left as it is.</summary>
    public IEnumerable<string> Named => closed.Take(MostNamed);

    public void CountDataKey() => DataKeys++;

    public void CountCells(int more) => Cells += more;

    public void CountClosed(string what, SealFault fault) => closed.Add($"{what}: {fault}");
}

/// <summary>How a rotation ended.</summary>
internal abstract record RotationOutcome
{
    private RotationOutcome()
    {
    }

    public sealed record Done(RotationReport Report) : RotationOutcome;

    public sealed record Refused(string Line) : RotationOutcome;
}
