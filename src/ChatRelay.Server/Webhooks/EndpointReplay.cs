using System.Text.Json;
using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http.Json;
using ChatRelay.Jobs;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Webhooks;

/// <summary>Which of an endpoint's events are to go out again: by when they happened, their types, and how it ended. Without an outcome: what did not get through.</summary>
internal sealed record EndpointReplaySelection(EndpointId Endpoint, DateTimeOffset Since, DateTimeOffset Until, IReadOnlyList<TypePattern>? EventTypes, Outcome? Outcome)
{
    // Not what a replay makes itself, should that end too. In the order of the log, so that an ordered endpoint gets them so.
    private string Sql(string columns, DateTimeOffset before, string rest) => $"""
        select {columns} from deliveries d join events e on e.tenant_id = d.tenant_id and e.id = d.event_id
        where d.tenant_id = $1 and d.endpoint_id = $2 and d.id >= '{DayWindows.IdAt(Since)}' and d.id < '{DayWindows.IdAt(before)}' and d.ended_at is not null
          and e.created_at >= $3 and e.created_at < $4
          and {(Outcome is null ? "d.status in ('failed', 'quarantined', 'canceled', 'expired', 'skipped') and $5::text is null" : "d.last_outcome = $5")}
          and ($6::text[] is null or e.type = any($6) or exists (select from unnest($7::text[]) p where starts_with(e.type, p)))
          and not exists (select from deliveries r where r.tenant_id = $1 and r.retry_of = d.id)
        {rest}
        """;

    public async Task<long> CountAsync(NpgsqlConnection connection, Guid tenant, DateTimeOffset before, CancellationToken ct)
    {
        await using var count = Command(connection, tenant, Sql("count(*)", before, ""));
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }

    /// <summary>What was repeated is passed over by itself: no cursor is needed.</summary>
    public async Task<List<Guid>> NextAsync(NpgsqlConnection connection, Guid tenant, DateTimeOffset before, int limit, CancellationToken ct)
    {
        await using var next = Command(connection, tenant, Sql("d.id", before, $"order by e.generation, e.xid, e.id limit {limit}"));
        await using var reader = await next.ExecuteReaderAsync(ct);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, Guid tenant, string sql) => new(sql, connection)
    {
        Parameters =
        {
            new() { Value = tenant }, new() { Value = Endpoint.Value }, new() { Value = Since.UtcDateTime }, new() { Value = Until.UtcDateTime },
            new() { Value = Outcome is { } o ? Words.Of(o) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            Texts(EventTypes?.Select(t => t.Exact)), Texts(EventTypes?.Select(t => t.Prefix)),
        },
    };

    private static NpgsqlParameter Texts(IEnumerable<string?>? values) =>
        new() { Value = values is null ? DBNull.Value : values.OfType<string>().ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}

/// <summary>The job behind a replay: a bounded batch a step, each with its repeats in one commit.</summary>
internal sealed class EndpointReplay(Databases databases, WebhookEndpoints endpoints, EventRepeat repeat, OrderedWork ordered, WakeUps wake)
{
    public const string Name = "webhook_replay";
    private const int Batch = 500;

    public JobKind Kind => new(Name, RunAsync);

    private async Task<JobStep> RunAsync(Job job, CancellationToken ct)
    {
        var asked = JsonSerializer.Deserialize<EndpointReplaySelection>(job.Input, RelayJson.Options)!;
        if ((await endpoints.OfAsync(job.TenantId, ct)).Find(asked.Endpoint) is not { } endpoint) return new JobStep.Failed("The endpoint was deleted.");
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var ids = await asked.NextAsync(connection, job.TenantId, job.CreatedAt, Batch, ct);
        if (ids.Count == 0) return new JobStep.Finished(0);
        if (await repeat.MakeAsync(connection, endpoint, ids, "replay", ct) is not { } made) return new JobStep.More(job.Cursor, 0);
        await transaction.CommitAsync(ct);
        var keys = made.Where(r => r.Ordering is not null).Select(r => new OrderKey(r.Tenant, r.Target, r.Ordering!)).Distinct().ToList();
        if (keys.Count > 0) await ordered.LetGoAsync(keys, ct);
        wake.Now();
        return made.Count == 0 ? new JobStep.Finished(0) : new JobStep.More(job.Cursor, made.Count);
    }
}
