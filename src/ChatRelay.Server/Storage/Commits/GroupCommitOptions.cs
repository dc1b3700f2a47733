using ChatRelay.Settings;

namespace ChatRelay.Storage.Commits;

/// <summary>How much one shared commit takes, and how much may wait for the next.</summary>
internal sealed record GroupCommitOptions
{
    [Setting("CHATRELAY_COMMIT_BATCH", "The most requests that share one commit.", Min = 1, Max = 5000)]
    public int MaxBatch { get; init; } = 512;

    [Setting("CHATRELAY_COMMIT_QUEUE", "The most requests that may wait for a commit on this node; more are refused with 503.", Min = 100, Max = 1_000_000)]
    public int MaxWaiting { get; init; } = 16_384;
}
