using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Events;

/// <summary>What part of a tenant's log is asked for. A type is a name, or the beginning of names.</summary>
internal sealed record EventFilter(TypePattern? Type, string? Account, DateTimeOffset? From, DateTimeOffset? Until)
{
    public static readonly EventFilter Everything = new(null, null, null, null);
}

/// <summary>Reads the log behind the caller's wall. Audit entries have a list of their own.</summary>
internal sealed class EventReads(Databases databases)
{
    public const string PageSql = $"""
        select {EventView.Columns} from events e
        where e.tenant_id = $1 and not e.audit and (e.generation, e.xid, e.id) > ($2, $3::text::xid8, $4) and {LogPosition.Settled}
          and ($5::text is null or e.type = $5) and ($6::text is null or starts_with(e.type, $6)) and ($7::text is null or e.account = $7)
          and ($8::timestamptz is null or e.created_at >= $8) and ($9::timestamptz is null or e.created_at < $9)
        order by e.generation, e.xid, e.id limit $10
        """;

    /// <summary>Of all numbers of the database as it is now.</summary>
    public async Task<string> EpochAsync(CancellationToken ct)
    {
        await using var look = databases.Request.CreateCommand("select generation_text()");
        return (string)(await look.ExecuteScalarAsync(ct))!;
    }

    public async Task<List<(EventView Event, LogPosition At)>> AfterAsync(Guid wall, EventFilter filter, LogPosition? after, int limit, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        var from = after ?? (filter.From is { } time ? await FloorAsync(connection, time, ct) : LogPosition.Start);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new(PageSql)
        {
            Parameters =
            {
                new() { Value = wall }, new() { Value = from.Generation }, new() { Value = $"{from.Transaction}" }, new() { Value = from.Id },
                Text(filter.Type?.Exact), Text(filter.Type?.Prefix), Text(filter.Account), Time(filter.From), Time(filter.Until), new() { Value = limit },
            },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var events = new List<(EventView, LogPosition)>();
        while (await reader.ReadAsync(ct)) events.Add((EventView.Of(reader), EventView.PositionOf(reader)));
        return events;
    }

    public async Task<EventView?> FindAsync(Guid wall, Guid id, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new($"select {EventView.Columns} from events e where e.tenant_id = $1 and e.id = $2 and not e.audit")
        {
            Parameters = { new() { Value = wall }, new() { Value = id } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? EventView.Of(reader) : null;
    }

    public async Task<Protocol.EventId?> FindByClientAsync(Guid wall, string clientId, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("select id from events where tenant_id = $1 and client_id = $2") { Parameters = { new() { Value = wall }, new() { Value = clientId } } });
        return await batch.ExecuteScalarAsync(ct) is Guid id ? new Protocol.EventId(id) : null;
    }

    /// <summary>From where on to look for what began at a time or later: nothing of it stands before.</summary>
    public static async Task<LogPosition> FloorAsync(NpgsqlConnection connection, DateTimeOffset at, CancellationToken ct)
    {
        await using var look = new NpgsqlCommand("select generation, floor::text from event_marks where at <= $1 order by at desc limit 1", connection)
        {
            Parameters = { new() { Value = at.UtcDateTime } },
        };
        await using var reader = await look.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new(reader.GetInt64(0), ulong.Parse(reader.GetString(1)), Guid.Empty) : LogPosition.Start;
    }

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
    private static NpgsqlParameter Time(DateTimeOffset? value) => new() { Value = (object?)value?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
