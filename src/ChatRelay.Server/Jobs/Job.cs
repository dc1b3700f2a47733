using ChatRelay.Protocol;

namespace ChatRelay.Jobs;

/// <summary>How far a job is.</summary>
internal enum JobStatus
{
    Queued,
    Running,
    Succeeded,
    Failed,
    Canceled,
}

/// <summary>Work that takes longer than a request. It goes on from its cursor after a crash.</summary>
internal sealed class Job
{
    /// <summary>The owner of jobs that operators start.</summary>
    public static readonly Guid Operators = Guid.Empty;

    public required Guid TenantId { get; init; }
    public required JobId Id { get; init; }
    public required string Kind { get; init; }
    public JobStatus Status { get; set; }
    public required string Input { get; init; }
    public string? Cursor { get; set; }
    public long Done { get; set; }
    public long? Total { get; set; }
    public string? Error { get; set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
    public Guid? ClaimedBy { get; set; }

    public static Job Make(Guid tenant, string kind, string input, string by, DateTimeOffset at) => new()
    {
        TenantId = tenant,
        Id = RelayId.New<JobId>(at),
        Kind = kind,
        Input = input,
        CreatedBy = by,
        CreatedAt = at,
    };
}
