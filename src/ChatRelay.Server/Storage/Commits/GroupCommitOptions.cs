namespace ChatRelay.Storage.Commits;

/// <summary>How much one shared commit takes, and how much may wait for the next.</summary>
internal sealed record GroupCommitOptions
{
    public int MaxBatch { get; init; } = 512;
    public int MaxWaiting { get; init; } = 16_384;
}
