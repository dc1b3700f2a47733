namespace ChatRelay.Jobs;

/// <summary>A kind of job, as its slice registers it: one bounded batch a call, from the cursor of the batch before.</summary>
internal sealed record JobKind(string Name, Func<Job, CancellationToken, Task<JobStep>> RunAsync);

/// <summary>What one batch came to.</summary>
internal abstract record JobStep
{
    private JobStep() { }

    /// <summary>There is more: go on from here, now or after a crash.</summary>
    public sealed record More(string? Cursor, long Worked, long? Total = null) : JobStep;

    public sealed record Finished(long Worked) : JobStep;

    /// <summary>It cannot be done; the reason is shown.</summary>
    public sealed record Failed(string Why) : JobStep;
}
