using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>How a settlement ended.</summary>
internal enum Settled
{
    /// <summary>The claim is not ours any more: someone else's outcome stands, this one is dropped and counted.</summary>
    Stale,

    /// <summary>Attempt, delivery, queue and event are committed.</summary>
    Done,
}

/// <summary>An attempt that ended, and what follows from it, for a delivery that is alone on its route. Fenced by incarnation and claim.</summary>
internal sealed class SettledRow
{
    public required ClaimedDelivery Delivery { get; init; }
    public required AttemptRecord Attempt { get; init; }
    public required DeliveryStatus Status { get; init; }
    public required Progress Progress { get; init; }
    public TimeSpan Wait { get; init; }
    public ProviderId? NextProvider { get; init; }
    public Suspicion Suspicion { get; init; }
    public EventRecord? Event { get; init; }

    /// <summary>Set when the batch was committed: written, under this claim. What was not is stale, or the route has to be asked: cancelled meanwhile, or not alone.</summary>
    public bool Written { get; private set; }

    public static RowKind<SettledRow> Rows { get; } = new Kind();

    /// <summary>The statement of rows that stand in one partition, and all leave the queue or all stay in it.</summary>
    public static NpgsqlBatchCommand CommandFor(SettledRow[] rows) => rows[0].StaysQueued ? Again(rows) : Ended(rows);

    private bool StaysQueued => Status is DeliveryStatus.Retrying or DeliveryStatus.Held;
    private (Partition Part, bool Stays) Statement => (Partition.Of(Delivery.Id), StaysQueued);
    private string? NotificationStatusNow => Delivery.Notification is null ? null : Words.Of(NotificationStatuses.Of([new(Status, Attempted: true)]));

    private sealed class Kind() : RowKind<SettledRow>(order: 200)
    {
        protected override int Compare(SettledRow a, SettledRow b) =>
            (a.Statement, a.Delivery.Tenant, a.Delivery.Id).CompareTo((b.Statement, b.Delivery.Tenant, b.Delivery.Id));

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<SettledRow> rows)
        {
            foreach (var statement in rows.GroupBy(r => r.Statement)) batch.BatchCommands.Add(CommandFor([.. statement]));
            foreach (var row in rows) row.Written = false;
        }

        internal override int ResultSetsOf(IReadOnlyList<object> rows) => rows.Select(r => ((SettledRow)r).Statement).Distinct().Count();

        protected override async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<SettledRow> rows, CancellationToken ct)
        {
            var byId = rows.ToDictionary(r => r.Attempt.Id);
            while (await reader.ReadAsync(ct)) byId[reader.GetGuid(0)].Written = true;
        }
    }

    // The common life, in as few columns and look-ups as it takes: whatever leaves the queue.
    private static NpgsqlBatchCommand Ended(SettledRow[] rows) => new NpgsqlBatchCommand(Sql(Partition.Of(rows[0].Delivery.Id), [], $"""
        delete from queue q using i
          where {QueueDoor.RowOf("i")} and q.claim = i.claim and q.claimed_by is not distinct from i.incarnation and q.simple and not q.cancel_asked
          returning i.*
        """, endedAt: "relay.now()", nextAt: "null::timestamptz")).Adding(ParametersOf(rows));

    private static readonly (string Name, string Type)[] AgainColumns =
    [
        ("wait_s", "float8"), ("rounds", "smallint"), ("tried", "text"), ("refused", "text"), ("pinned", "uuid"), ("next_provider", "uuid"),
        ("suspect", "boolean"), ("crashes_shared", "smallint"), ("crashes_alone", "smallint"),
    ];

    private static NpgsqlBatchCommand Again(SettledRow[] rows) => new NpgsqlBatchCommand(Sql(Partition.Of(rows[0].Delivery.Id), AgainColumns, $"""
        update queue q set claimed_by = null, begun = false, alone = false, held = (i.status = 'held'), in_doubt = (i.status = 'held'), attempts = i.number, rounds = i.rounds,
            tried = string_to_array(i.tried, ',')::uuid[], refused = string_to_array(i.refused, ',')::uuid[], pinned = i.pinned, provider_id = i.next_provider,
            target = coalesce(i.next_provider::text, q.target), band = (q.band / 2) * 2 + 1, due_at = relay.now() + i.wait_s * interval '1 second',
            suspect = i.suspect, crashes_shared = i.crashes_shared, crashes_alone = i.crashes_alone
          from i
          where {QueueDoor.RowOf("i")} and q.claim = i.claim and q.claimed_by is not distinct from i.incarnation and q.simple and not q.cancel_asked
          returning i.*
        """, endedAt: "null::timestamptz", nextAt: "case when status = 'retrying' then relay.now() + wait_s * interval '1 second' end")).Adding(
        [
            .. ParametersOf(rows),
            UnnestedColumn.Of(rows, r => r.Wait.TotalSeconds, NpgsqlDbType.Double), UnnestedColumn.Of(rows, r => (short)r.Progress.Rounds, NpgsqlDbType.Smallint),
            UnnestedColumn.Of(rows, r => string.Join(',', r.Progress.Tried.Select(p => p.Value)), NpgsqlDbType.Text),
            UnnestedColumn.Of(rows, r => string.Join(',', r.Progress.Refused.Select(p => p.Value)), NpgsqlDbType.Text),
            UnnestedColumn.Of(rows, r => r.Progress.Pinned?.Value, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.NextProvider?.Value, NpgsqlDbType.Uuid),
            UnnestedColumn.Of(rows, r => r.Suspicion.IsSuspect, NpgsqlDbType.Boolean),
            UnnestedColumn.Of(rows, r => (short)r.Suspicion.Shared, NpgsqlDbType.Smallint), UnnestedColumn.Of(rows, r => (short)r.Suspicion.Alone, NpgsqlDbType.Smallint),
        ]);

    private static IEnumerable<NpgsqlParameter> ParametersOf(SettledRow[] rows) =>
    [
        UnnestedColumn.Of(rows, r => r.Delivery.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Delivery.Id, NpgsqlDbType.Uuid),
        UnnestedColumn.Of(rows, r => r.Delivery.Incarnation, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Delivery.Claim, NpgsqlDbType.Bigint),
        UnnestedColumn.Of(rows, r => Words.Of(r.Status), NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.NotificationStatusNow, NpgsqlDbType.Text),
        .. AttemptRecord.Of([.. rows.Select(r => r.Attempt)]), .. EventRecord.Of([.. rows.Select(r => r.Event)]),
    ];

    // One statement. The fence is the change of the queue itself; everything else is done only for what passed it. It compares the holder in a way
    // that no index serves: on an index of the holders the planner once went through all that was claimed, for each row. No part joins two lists of the
    // batch: with the planner's hands tied that is a square. The last part finds what a lost COMMIT had written: its own inserts it does not see.
    private static string Sql(Partition part, (string Name, string Type)[] more, string fence, string endedAt, string nextAt)
    {
        var first = 7 + AttemptRecord.Columns + EventRecord.Columns;
        return $"""
            with i as materialized (
              select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], {AttemptRecord.Unnested(7)}, {EventRecord.Unnested(7 + AttemptRecord.Columns)}
                {string.Concat(more.Select((m, at) => $", ${first + at}::{m.Type}[]"))})
                as i(tenant_id, id, incarnation, claim, status, notification_status, {AttemptRecord.Names}, {EventRecord.Names}{string.Concat(more.Select(m => $", {m.Name}"))})
            ), ours as (
              {fence}
            ), moved as (
              update {part.Of("deliveries")} d set status = o.status, attempts = o.number, last_outcome = o.outcome, provider_id = coalesce(o.provider_id, d.provider_id),
                maybe_sent = o.status <> 'sent' and (d.maybe_sent or o.maybe_sent), provider_message_id = coalesce(o.provider_message_id, d.provider_message_id),
                notification_status = case when d.notification_status is not null then o.notification_status end, ended_at = {endedAt}, updated_at = relay.now()
              from ours o where d.tenant_id = o.tenant_id and d.id = o.id
            ), told as (
              {EventRecord.Insert("ours")}
            ), attempted as (
              insert into {part.Of("attempts")} (tenant_id, delivery_id, class, {AttemptRecord.Stored}, next_attempt_at)
              select tenant_id, id, {part.Class}, {AttemptRecord.Names}, {nextAt} from ours
              on conflict do nothing
            )
            select attempt_id from ours
            union all
            select i.attempt_id from i
            join {part.Of("attempts")} a on a.tenant_id = i.tenant_id and a.delivery_id = i.id and a.number = i.number and a.id = i.attempt_id
            """;
    }
}
