namespace ChatRelay.Rooms;

/// <summary>What stands at a number of a room's log, as one viewer may see it; or a run of numbers that are not for them.</summary>
internal abstract record LogItem(long Seq, long Last)
{
    public sealed record Entry(StoredEntry Row) : LogItem(Row.Seq, Row.Seq);

    /// <summary>Numbers that this viewer may not see, or that expired: told, so that what is there is provably all.</summary>
    public sealed record Skip(long From, long To) : LogItem(From, To);
}

/// <summary>A row of the log.</summary>
internal sealed record StoredEntry
{
    public required long Seq { get; init; }
    public required Guid Id { get; init; }
    public required EntryKind Kind { get; init; }
    public Guid? About { get; init; }

    /// <summary>The number of what it is about: who may see that sees this.</summary>
    public long? AboutSeq { get; init; }
    public string? Sender { get; init; }
    public string? Device { get; init; }
    public bool ViaTenant { get; init; }
    public string? Cid { get; init; }
    public string? Type { get; init; }
    public string? Payload { get; init; }
    public bool Encrypted { get; init; }
    public string? Metadata { get; init; }
    public Guid? ReplyTo { get; init; }
    public IReadOnlyList<string>? Mentions { get; init; }
    public required DateTimeOffset At { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public bool Blank { get; init; }
}
