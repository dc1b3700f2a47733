using ChatRelay.Protocol;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>Which of the steps under way are meant: by tenants' cancels and by operators' holds, releases and discards.</summary>
internal sealed record QueueSelection
{
    /// <summary>Empty is every tenant.</summary>
    public IReadOnlyList<Guid> Walls { get; init; } = [];
    public ChannelKind? Channel { get; init; }
    public Guid? Provider { get; init; }
    public Guid? Endpoint { get; init; }
    public string? Tag { get; init; }
    public string? Category { get; init; }
    public string? To { get; init; }
    public string? ExternalId { get; init; }
    public Guid? Group { get; init; }
    public DateTimeOffset? Since { get; init; }
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only those that an operator holds, only those that nobody holds, or all, mails in doubt too.</summary>
    public bool? Held { get; init; }

    private bool LooksAtNotifications => Tag is not null || Category is not null || To is not null || ExternalId is not null || Group is not null;
    private bool LooksAtDeliveries => Endpoint is not null;

    public async Task<long> CountAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var count = Command(connection, "count(*)", "");
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The next ones after a position, in the order of the queue's key: one tenant after the other, so that each is walked along its own part of it.</summary>
    public async Task<List<JobRow>> NextAsync(NpgsqlConnection connection, (Guid Tenant, Guid Id)? after, int limit, CancellationToken ct)
    {
        var rows = new List<JobRow>();
        if (Walls.Count == 0) await AddAsync(this, after);
        foreach (var wall in Walls.Order().SkipWhile(w => w.CompareTo(after?.Tenant ?? Guid.Empty) < 0))
            if (rows.Count < limit) await AddAsync(this with { Walls = [wall] }, (wall, wall == after?.Tenant ? after.Value.Id : Guid.Empty));
        return rows;

        async Task AddAsync(QueueSelection part, (Guid Tenant, Guid Id)? position)
        {
            await using var next = part.NextCommand(connection, position, limit - rows.Count);
            await using var reader = await next.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) rows.Add(new(reader.GetGuid(0), reader.GetGuid(1), reader.IsDBNull(2) ? null : reader.GetGuid(2)));
        }
    }

    /// <summary>Of one tenant, or of all.</summary>
    public NpgsqlCommand NextCommand(NpgsqlConnection connection, (Guid Tenant, Guid Id)? after, int limit)
    {
        var next = Command(connection, "q.tenant_id, q.id, q.notification_id", Walls.Count == 0
            ? $"and (q.tenant_id, q.id) > ($10, $11) order by q.tenant_id, q.id limit {limit}"
            : $"and q.tenant_id = $10 and q.id > $11 order by q.id limit {limit}");
        next.Parameters.Add(new() { Value = after?.Tenant ?? Guid.Empty });
        next.Parameters.Add(new() { Value = after?.Id ?? Guid.Empty });
        return next;
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string columns, string rest) => new($"""
        select {columns} from queue q
        {(LooksAtNotifications ? "join notifications n on n.tenant_id = q.tenant_id and n.id = q.notification_id and n.class = q.class" : "")}
        {(LooksAtDeliveries ? "join deliveries d on d.tenant_id = q.tenant_id and d.id = q.id and d.class = q.class" : "")}
        where {(Walls.Count == 0 ? "$1::uuid[] is not null" : "q.tenant_id = any($1::uuid[])")} and ($2::text is null or q.channel = $2) and ($3::uuid is null or q.provider_id = $3)
          and ($4::boolean is null or q.held = $4 and not q.in_doubt)
          {(LooksAtNotifications ? "and ($5::text is null or $5 = any(n.tags)) and ($6::text is null or n.category = $6) and ($7::text is null or n.to_user = $7 or n.to_email = $7) and ($8::text is null or n.external_id = $8)" : "and ($5::text is null and $6::text is null and $7::text is null and $8::text is null)")}
          {(LooksAtDeliveries ? "and d.endpoint_id = $9" : "and $9::uuid is null")}
          {(Group is { } group ? $"and n.group_id = '{group}'" : "")}
          {(Since is { } since ? $"and q.id >= '{Storage.DayWindows.IdAt(since)}'" : "")} {(Until is { } until ? $"and q.id < '{Storage.DayWindows.IdAt(until)}'" : "")}
        {rest}
        """, connection)
    {
        Parameters =
        {
            new() { Value = Walls.ToArray() }, Text(Channel is { } c ? Words.Of(c) : null), Uuid(Provider),
            new() { Value = (object?)Held ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Boolean },
            Text(Tag), Text(Category), Text(To), Text(ExternalId), Uuid(Endpoint),
        },
    };

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
    private static NpgsqlParameter Uuid(Guid? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
}
