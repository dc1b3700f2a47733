using ChatRelay.Storage;
using ChatRelay.Channels;
using ChatRelay.Protocol;
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

    /// <summary>Set when the batch was committed.</summary>
    public Settled Result { get; private set; }

    /// <summary>Cancelled meanwhile, or not alone on its route: the route has to be asked.</summary>
    public bool NeedsRoute { get; private set; }

    public static RowKind<SettledRow> Rows { get; } = new Kind();

    /// <summary>The statement of rows that stand in one partition.</summary>
    public static NpgsqlBatchCommand CommandFor(SettledRow[] rows) => Settle(Partition.Of(rows[0].Delivery.Id), rows);

    private string? NotificationStatusNow => Delivery.Notification is null ? null : Words.Of(NotificationStatuses.Of([new(Status, Attempted: true)]));

    private sealed class Kind() : RowKind<SettledRow>(order: 200)
    {
        protected override int Compare(SettledRow a, SettledRow b) =>
            (Partition.Of(a.Delivery.Id), a.Delivery.Tenant, a.Delivery.Id).CompareTo((Partition.Of(b.Delivery.Id), b.Delivery.Tenant, b.Delivery.Id));

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<SettledRow> rows)
        {
            batch.BatchCommands.Add(new("call relay.steady_plans()"));
            foreach (var part in rows.GroupBy(r => Partition.Of(r.Delivery.Id))) batch.BatchCommands.Add(CommandFor([.. part]));
            foreach (var row in rows) (row.Result, row.NeedsRoute) = (Settled.Stale, false);
        }

        internal override int ResultSetsOf(IReadOnlyList<object> rows) => rows.Select(r => Partition.Of(((SettledRow)r).Delivery.Id)).Distinct().Count();

        protected override async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<SettledRow> rows, CancellationToken ct)
        {
            var byId = rows.ToDictionary(r => r.Attempt.Id);
            while (await reader.ReadAsync(ct))
            {
                var row = byId[reader.GetGuid(0)];
                if (reader.GetBoolean(1)) row.Result = Settled.Done;
                else row.NeedsRoute = true;
            }
        }
    }

    // One statement: the fence first, and everything else only for what passed it. No part joins two lists of the batch: with the planner's
    // hands tied that is a square. The last part finds what a lost COMMIT had written already: its own inserts it does not see.
    private static NpgsqlBatchCommand Settle(Partition part, SettledRow[] rows) => new NpgsqlBatchCommand(SettleSql(part)).Adding(
        [
            UnnestedColumn.Of(rows, r => r.Delivery.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Delivery.Id, NpgsqlDbType.Uuid),
            UnnestedColumn.Of(rows, r => r.Delivery.Incarnation, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Delivery.Claim, NpgsqlDbType.Bigint),
            UnnestedColumn.Of(rows, r => Words.Of(r.Status), NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.NotificationStatusNow, NpgsqlDbType.Text),
            UnnestedColumn.Of(rows, r => r.Wait.TotalSeconds, NpgsqlDbType.Double), UnnestedColumn.Of(rows, r => (short)r.Progress.Rounds, NpgsqlDbType.Smallint),
            UnnestedColumn.Of(rows, r => string.Join(',', r.Progress.Tried.Select(p => p.Value)), NpgsqlDbType.Text),
            UnnestedColumn.Of(rows, r => r.Progress.Pinned?.Value, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.NextProvider?.Value, NpgsqlDbType.Uuid),
            UnnestedColumn.Of(rows, r => r.Suspicion.IsSuspect, NpgsqlDbType.Boolean),
            UnnestedColumn.Of(rows, r => (short)r.Suspicion.Shared, NpgsqlDbType.Smallint), UnnestedColumn.Of(rows, r => (short)r.Suspicion.Alone, NpgsqlDbType.Smallint),
            .. AttemptRecord.Of([.. rows.Select(r => r.Attempt)]), .. EventRecord.Of([.. rows.Select(r => r.Event)]),
        ]);

    private static string SettleSql(Partition part) => $"""
        with i as materialized (
          select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::float8[], $8::smallint[], $9::text[], $10::uuid[], $11::uuid[],
            $12::boolean[], $13::smallint[], $14::smallint[], {AttemptRecord.Unnested(15)}, {EventRecord.Unnested(15 + AttemptRecord.Columns)})
            as i(tenant_id, id, incarnation, claim, status, notification_status, wait_s, rounds, tried, pinned, next_provider,
              suspect, crashes_shared, crashes_alone, {AttemptRecord.Names}, {EventRecord.Names})
        ), mine as materialized (
          select i.*, q.simple and not q.cancel_asked as plain
          from i join queue q on q.tenant_id = i.tenant_id and q.id = i.id
          where q.claimed_by = i.incarnation and q.claim = i.claim
          order by q.tenant_id, q.id
          for update of q
        ), hit as materialized (
          select * from mine where plain
        ), gone as (
          delete from queue q using hit h where q.tenant_id = h.tenant_id and q.id = h.id and h.status not in ('retrying', 'held')
        ), again as (
          update queue q set claimed_by = null, begun = false, alone = false, held = (h.status = 'held'), in_doubt = (h.status = 'held'), attempts = h.number, rounds = h.rounds,
            tried = string_to_array(h.tried, ',')::uuid[], pinned = h.pinned, provider_id = h.next_provider,
            target = coalesce(h.next_provider::text, q.target), band = (q.band / 2) * 2 + 1, due_at = relay.now() + h.wait_s * interval '1 second',
            suspect = h.suspect, crashes_shared = h.crashes_shared, crashes_alone = h.crashes_alone
          from hit h where q.tenant_id = h.tenant_id and q.id = h.id and h.status in ('retrying', 'held')
        ), moved as (
          update {part.Of("deliveries")} d set status = h.status, attempts = h.number, last_outcome = h.outcome, provider_id = coalesce(h.provider_id, d.provider_id),
            maybe_sent = h.status <> 'sent' and (d.maybe_sent or h.maybe_sent), provider_message_id = coalesce(h.provider_message_id, d.provider_message_id),
            notification_status = case when d.notification_status is not null then h.notification_status end,
            ended_at = case when h.status not in ('retrying', 'held') then relay.now() end, updated_at = relay.now()
          from hit h where d.tenant_id = h.tenant_id and d.id = h.id
        ), told as (
          {EventRecord.Insert("hit")}
        ), attempted as (
          insert into {part.Of("attempts")} (tenant_id, delivery_id, class, {AttemptRecord.Stored}, next_attempt_at)
          select tenant_id, id, {part.Class}, {AttemptRecord.Names}, case when status = 'retrying' then relay.now() + wait_s * interval '1 second' end from hit
          on conflict do nothing
        )
        select attempt_id, plain from mine
        union all
        select i.attempt_id, true from i
        join {part.Of("attempts")} a on a.tenant_id = i.tenant_id and a.delivery_id = i.id and a.number = i.number and a.id = i.attempt_id
        """;
}
