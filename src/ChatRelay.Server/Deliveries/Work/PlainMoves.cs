using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>A row of the queue that a job has come to.</summary>
internal readonly record struct JobRow(Guid Tenant, Guid Id, Guid? Notification);

/// <summary>
/// Holds, lets go or takes back many at once: those that are alone on their route and in nobody's hands, one statement for each table that they
/// stand in. Whatever is claimed at the moment, or has other steps, is left for the route machine.
/// </summary>
internal abstract record PlainMove
{
    private PlainMove() { }

    /// <summary>Which rows of the queue it is for, what becomes of them there, and what of the delivery.</summary>
    protected abstract string Which { get; }
    protected abstract string Queue { get; }
    protected abstract string Delivery { get; }
    protected virtual EventRecord? EventOf(JobRow row, DateTimeOffset at) => null;

    internal sealed record Hold : PlainMove
    {
        protected override string Which => "not q.held";
        protected override string Queue => $"update queue q set held = true from mine m where {QueueDoor.RowOf("m")}";
        protected override string Delivery => "status = 'held'";
    }

    internal sealed record Release : PlainMove
    {
        protected override string Which => "q.held and not q.in_doubt";
        protected override string Queue => $"update queue q set held = false from mine m where {QueueDoor.RowOf("m")}";
        protected override string Delivery => "status = case when d.attempts > 0 then 'retrying' else 'queued' end";
    }

    internal sealed record Cancel : PlainMove
    {
        protected override string Which => "true";
        protected override string Queue => $"delete from queue q using mine m where {QueueDoor.RowOf("m")}";
        protected override string Delivery => "status = 'canceled', ended_at = relay.now(), notification_status = case when d.notification_status is not null then 'canceled' end";
        protected override EventRecord? EventOf(JobRow row, DateTimeOffset at) =>
            row.Notification is { } notification ? EventRecord.OfNotification(NotificationStatus.Canceled, notification, row.Id, at) : null;
    }

    /// <summary>The statement for rows of one partition. It tells which were moved.</summary>
    public NpgsqlBatchCommand CommandFor(Partition part, IReadOnlyList<JobRow> rows, DateTimeOffset at) => new NpgsqlBatchCommand($"""
        with i as materialized (
          select * from unnest($1::uuid[], $2::uuid[], {EventRecord.Unnested(3)}) as i(tenant_id, id, {EventRecord.Names})
        ), mine as materialized (
          select i.* from i join queue q on {QueueDoor.RowOf("i")}
          where q.claimed_by is null and q.simple and (not q.parked or q.ordering is not null) and {Which}
          order by q.tenant_id, q.id
          for update of q
        ), queued as (
          {Queue}
        ), told as (
          {EventRecord.Insert("mine")}
        )
        update {part.Of("deliveries")} d set {Delivery}, updated_at = relay.now()
        from mine m where d.tenant_id = m.tenant_id and d.id = m.id
        returning d.id
        """).Adding(
        [
            UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
            .. EventRecord.Of([.. rows.Select(r => EventOf(r, at))]),
        ]);

    /// <summary>Back after the COMMIT, with those that were moved.</summary>
    public async Task<HashSet<Guid>> MoveAsync(NpgsqlConnection connection, IEnumerable<JobRow> rows, DateTimeOffset at, CancellationToken ct)
    {
        var moved = new HashSet<Guid>();
        foreach (var part in rows.GroupBy(r => Partition.Of(r.Id)))
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("call relay.steady_plans()"), CommandFor(part.Key, [.. part], at) } };
            await using var reader = await batch.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) moved.Add(reader.GetGuid(0));
        }
        return moved;
    }
}
