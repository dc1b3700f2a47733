using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Jobs;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>Work on many deliveries at once, a bounded batch a step: cancel, hold, release, discard, and replay of what failed.</summary>
internal sealed class QueueJobs(Databases databases, RouteWriter routes, Repeat repeat, EventRepeat events, OrderedWork ordered, WakeUps wake, RelayClock clock)
{
    public const string Cancel = "cancel", Hold = "hold", Release = "release", Discard = "discard", Replay = "replay";
    private const int Batch = 2_000, ReplayBatch = 200;

    public IReadOnlyList<JobKind> Kinds =>
    [
        new(Cancel, (job, ct) => EachAsync(job, new PlainMove.Cancel(), CancelAsync, ct)),
        new(Discard, (job, ct) => EachAsync(job, new PlainMove.Cancel(), CancelAsync, ct)),
        new(Hold, (job, ct) => EachAsync(job, new PlainMove.Hold(), (tenant, notification, id, stop) =>
            routes.HappenedAsync(tenant, notification, id, (step, now) => new RouteEvent.Held(step, now), stop), ct)),
        new(Release, (job, ct) => EachAsync(job, new PlainMove.Release(), (tenant, notification, id, stop) =>
            routes.HappenedAsync(tenant, notification, id, (step, now) => new RouteEvent.Released(step, now, Looked: false), stop), ct)),
        new(Replay, ReplayAsync),
    ];

    private Task<RouteOutcome> CancelAsync(Guid tenant, Guid notification, Guid _, CancellationToken ct) =>
        routes.HappenedAsync(tenant, notification, now => new RouteEvent.CancelAsked(now), ct);

    // (1) the next rows; (2) the simple ones together; (3) each of the others over its route.
    private async Task<JobStep> EachAsync(Job job, PlainMove move, Func<Guid, Guid, Guid, CancellationToken, Task<RouteOutcome>> one, CancellationToken ct)
    {
        var selection = JsonSerializer.Deserialize<QueueSelection>(job.Input, RelayJson.Options)!;
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var rows = await selection.NextAsync(connection, PositionOf(job.Cursor), Batch, ct);
        var moved = await move.MoveAsync(connection, rows, clock.GetUtcNow(), ct);
        foreach (var row in rows)
            if (!moved.Contains(row.Id) && row.Notification is { } notification) await one(row.Tenant, notification, row.Id, ct);
        wake.Now();
        return rows.Count < Batch ? new JobStep.Finished(rows.Count) : new JobStep.More($"{rows[^1].Tenant:n}{rows[^1].Id:n}", rows.Count);
    }

    private async Task<JobStep> ReplayAsync(Job job, CancellationToken ct)
    {
        var asked = JsonSerializer.Deserialize<ReplaySelection>(job.Input, RelayJson.Options)!;
        var selection = asked.Until < job.CreatedAt ? asked : asked with { Until = job.CreatedAt }; // not what it makes itself, should that fail too
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var rows = await selection.NextAsync(connection, job.TenantId, job.Cursor is null ? null : Guid.Parse(job.Cursor), ReplayBatch, ct);
        var worked = 0;
        foreach (var (id, notification, endpoint) in rows)
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var repeated = notification is { } its
                ? await repeat.DeliveryAsync(connection, job.TenantId, its, id, "replay", ct)
                : await events.OneAsync(connection, job.TenantId, new(endpoint!.Value), id, "replay", ct);
            if (repeated is Repeated.NotNow) return new JobStep.More(job.Cursor, worked); // what was repeated until now is passed over next time
            if (repeated is not Repeated.Made made) continue; // retried meanwhile, erased, or for an endpoint that takes nothing now
            await transaction.CommitAsync(ct);
            if (made.Turn is { } turn) await ordered.LetGoAsync([turn], ct);
            worked++;
        }
        wake.Now();
        return rows.Count < ReplayBatch ? new JobStep.Finished(worked) : new JobStep.More($"{rows[^1].Id}", worked);
    }

    private static (Guid, Guid)? PositionOf(string? cursor) => cursor is null ? null : (Guid.Parse(cursor.AsSpan(0, 32)), Guid.Parse(cursor.AsSpan(32)));
}

/// <summary>Which failed deliveries are to go out again.</summary>
internal sealed record ReplaySelection(DateTimeOffset Since, DateTimeOffset Until, ChannelKind? Channel, Guid? Provider, Guid? Endpoint, Outcome? Outcome)
{
    private string Where => $"""
        d.tenant_id = $1 and d.rare_status in ('failed', 'quarantined', 'bounced')
        and not exists (select from deliveries r where r.tenant_id = $1 and r.retry_of = d.id)
        and d.id >= '{DayWindows.IdAt(Since)}' and d.id < '{DayWindows.IdAt(Until)}'
        and ($2::text is null or d.channel = $2) and ($3::uuid is null or d.provider_id = $3) and ($4::uuid is null or d.endpoint_id = $4) and ($5::text is null or d.last_outcome = $5)
        """;

    public async Task<long> CountAsync(NpgsqlConnection connection, Guid tenant, CancellationToken ct)
    {
        await using var count = Command(connection, tenant, $"select count(*) from deliveries d where {Where}");
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Each with its notification, or with the endpoint that its event was for.</summary>
    public async Task<List<(Guid Id, Guid? Notification, Guid? Endpoint)>> NextAsync(NpgsqlConnection connection, Guid tenant, Guid? after, int limit, CancellationToken ct)
    {
        await using var next = Command(connection, tenant, $"select d.id, d.notification_id, d.endpoint_id from deliveries d where {Where} {(after is { } id ? $"and d.id > '{id}'" : "")} order by d.id limit {limit}");
        await using var reader = await next.ExecuteReaderAsync(ct);
        var rows = new List<(Guid, Guid?, Guid?)>();
        while (await reader.ReadAsync(ct)) rows.Add((reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.IsDBNull(2) ? null : reader.GetGuid(2)));
        return rows;
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, Guid tenant, string sql) => new(sql, connection)
    {
        Parameters =
        {
            new() { Value = tenant }, Of(Channel is { } c ? Words.Of(c) : null, NpgsqlTypes.NpgsqlDbType.Text), Of(Provider, NpgsqlTypes.NpgsqlDbType.Uuid),
            Of(Endpoint, NpgsqlTypes.NpgsqlDbType.Uuid), Of(Outcome is { } o ? Words.Of(o) : null, NpgsqlTypes.NpgsqlDbType.Text),
        },
    };

    private static NpgsqlParameter Of(object? value, NpgsqlTypes.NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
