using ChatRelay.Deliveries;
using Npgsql;

namespace ChatRelay.Console;

/// <summary>The delivery queue at a glance. Counts stop at a bound: a page must not cost more because more waits.</summary>
internal sealed record QueueState(long Waiting, long InFlight, long Suspects, int DueLanes, DateTimeOffset? OldestDue)
{
    public const int Bound = 10_000;
}

/// <summary>Reads it through the queue's own door, where the planner keeps to the indexes.</summary>
internal sealed class QueueFigures(QueueDoor door)
{
    public static readonly string Sql = $"""
        select (select count(*) from (select from queue where claimed_by is null and not held and not parked and not suspect limit {QueueState.Bound + 1}) w),
               (select count(*) from (select from queue where claimed_by is not null limit {QueueState.Bound + 1}) f),
               (select count(*) from (select from queue where suspect and claimed_by is null and not held and not parked limit {QueueState.Bound + 1}) s)
        """;

    public async Task<QueueState> ReadAsync(CancellationToken ct)
    {
        await using var connection = await door.OpenAsync(ct);
        var (due, _) = await LaneScan.ReadAsync(connection, null, ct);
        await using var count = new NpgsqlCommand(Sql, connection);
        await using var reader = await count.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), due.Count, due.Count == 0 ? null : due.Min(d => d.Since));
    }
}
