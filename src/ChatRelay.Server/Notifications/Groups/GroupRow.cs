using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Notifications;

/// <summary>A group as it is accepted: of people who were named, and then made, or of a room's members, who are served from here on.</summary>
internal sealed record GroupRow(Guid Tenant, Guid Id, Guid? Room, string? Request, long Made, int KeptDays)
{
    public static RowKind<GroupRow> Rows { get; } = new Kind();

    private sealed class Kind() : RowKind<GroupRow>(order: 95)
    {
        protected override int Compare(GroupRow a, GroupRow b) => a.Id.CompareTo(b.Id);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<GroupRow> rows) => batch.BatchCommands.Add(new("""
            insert into notification_groups (tenant_id, id, room_id, request, made, status, ended_at, kept_until)
            select tenant_id, id, room_id, request, made, case when request is null then 'made' else 'making' end, case when request is null then relay.now() end,
              relay.now() + kept_days * interval '1 day'
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::int[]) as g(tenant_id, id, room_id, request, made, kept_days)
            on conflict do nothing
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Room, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Request, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Made, NpgsqlDbType.Bigint), UnnestedColumn.Of(rows, r => r.KeptDays, NpgsqlDbType.Integer),
            },
        });
    }
}
