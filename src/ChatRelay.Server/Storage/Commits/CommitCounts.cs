using System.Diagnostics;

namespace ChatRelay.Storage.Commits;

/// <summary>What a shared commit has done since the start.</summary>
internal sealed class CommitCounts
{
    private long units;

    public long Units => Interlocked.Read(ref units);

    /// <summary>How long a transaction took, tried again or not.</summary>
    public Histogram Times { get; } = new(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5);

    public void Count(int batch, long since)
    {
        Interlocked.Add(ref units, batch);
        Times.Count(Stopwatch.GetElapsedTime(since));
    }
}
