using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Jobs;

/// <summary>A job and its progress.</summary>
internal sealed record JobView
{
    public required JobId Id { get; init; }

    [Note("What it does, such as erasure or tenant_deletion.")]
    public required string Kind { get; init; }
    public required JobStatus Status { get; init; }

    [Note("How many rows it has worked on.")]
    public required long Done { get; init; }

    [Note("How many there are, once that is known.")]
    public required long? Total { get; init; }
    public required string? Error { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset? StartedAt { get; init; }
    public required DateTimeOffset? FinishedAt { get; init; }

    public static JobView Of(Job job) => new()
    {
        Id = job.Id,
        Kind = job.Kind,
        Status = job.Status,
        Done = job.Done,
        Total = job.Total,
        Error = job.Error,
        CreatedAt = job.CreatedAt,
        StartedAt = job.StartedAt,
        FinishedAt = job.FinishedAt,
    };

    public const string Example = """
        {"id":"job_01jd3m7q8x6zv9k2b4n5c8d1fg","kind":"erasure","status":"running","done":1200,"total":null,"error":null,
         "created_at":"2026-01-31T12:00:00.000Z","started_at":"2026-01-31T12:00:00.100Z","finished_at":null}
        """;
}
