using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>A notification as it is accepted. Its row never changes but for an erasure, a new time or a further delivery.</summary>
internal sealed record NotificationRow
{
    public required Guid Tenant { get; init; }
    public required Guid Id { get; init; }
    public Guid? Group { get; init; }

    /// <summary>`to`, as JSON.</summary>
    public required string Recipient { get; init; }
    public string? ToUser { get; init; }
    public string? ToEmail { get; init; }

    /// <summary>What it is about, for users who want to hear nothing of a room or of somebody's doings.</summary>
    public Guid? Room { get; init; }
    public string? From { get; init; }
    public string? Category { get; init; }
    public required Priority Priority { get; init; }
    public DateTimeOffset? SendAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public string? ExternalId { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public string? Metadata { get; init; }
    public required string Route { get; init; }
    public required IReadOnlyList<ChannelKind> Channels { get; init; }

    /// <summary>Null when it is parked in a table of its own.</summary>
    public string? Content { get; init; }
    public required Guid[] Deliveries { get; init; }

    /// <summary>The span of its request, if that is traced.</summary>
    public string? Trace { get; init; }

    public static RowKind<NotificationRow> Rows { get; } = new Kind();

    private sealed class Kind() : RowKind<NotificationRow>(order: 100)
    {
        protected override int Compare(NotificationRow a, NotificationRow b) => a.Id.CompareTo(b.Id);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<NotificationRow> rows)
        {
            foreach (var part in rows.GroupBy(r => Partition.Of(r.Id)).OrderBy(g => g.Key)) batch.BatchCommands.Add(Insert(part.Key, [.. part]));
        }

        // Lists of different lengths do not make an array of arrays: tags and deliveries travel as text.
        // The trace has a column only in batches that have one: what nobody traces pays nothing for it.
        private static NpgsqlBatchCommand Insert(Partition part, IReadOnlyList<NotificationRow> rows)
        {
            var (column, values) = rows.Any(r => r.Trace is not null) ? (", trace", ", $20::text[]") : ("", "");
            var insert = new NpgsqlBatchCommand($"""
                insert into {part.Of("notifications")} (tenant_id, id, class, group_id, recipient, to_user, to_email, category, priority, send_at, expires_at,
                  external_id, tags, metadata, route, content, content_parked, delivery_ids, channels, room_id, from_user{column})
                select tenant_id, id, {part.Class}, group_id, recipient, to_user, to_email, category, priority, send_at, expires_at,
                  external_id, string_to_array(tags, E'\x1f'), metadata, route, content, content is null, string_to_array(deliveries, ',')::uuid[],
                  string_to_array(channels, ','), room_id, from_user{column}
                from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[], $9::timestamptz[],
                  $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::uuid[], $19::text[]{values})
                  as n(tenant_id, id, group_id, recipient, to_user, to_email, category, priority, send_at, expires_at, external_id, tags, metadata, route, content, deliveries, channels, room_id, from_user{column})
                on conflict do nothing
                """)
            {
                Parameters =
                {
                    UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
                    UnnestedColumn.Of(rows, r => r.Group, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Recipient, NpgsqlDbType.Text),
                    UnnestedColumn.Of(rows, r => r.ToUser, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.ToEmail, NpgsqlDbType.Text),
                    UnnestedColumn.Of(rows, r => r.Category, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => (short)r.Priority, NpgsqlDbType.Smallint),
                    UnnestedColumn.Of(rows, r => r.SendAt, NpgsqlDbType.TimestampTz), UnnestedColumn.Of(rows, r => r.ExpiresAt, NpgsqlDbType.TimestampTz),
                    UnnestedColumn.Of(rows, r => r.ExternalId, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => string.Join('\x1f', r.Tags), NpgsqlDbType.Text),
                    UnnestedColumn.Of(rows, r => r.Metadata, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Route, NpgsqlDbType.Text),
                    UnnestedColumn.Of(rows, r => r.Content, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => string.Join(',', r.Deliveries), NpgsqlDbType.Text),
                    UnnestedColumn.Of(rows, r => string.Join(',', r.Channels.Select(c => Words.Of(c))), NpgsqlDbType.Text),
                    UnnestedColumn.Of(rows, r => r.Room, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.From, NpgsqlDbType.Text),
                },
            };
            if (column.Length > 0) insert.Parameters.Add(UnnestedColumn.Of(rows, r => r.Trace, NpgsqlDbType.Text));
            return insert;
        }
    }
}

/// <summary>Content that is too large to delay others: committed alone, before the notification that refers to it.</summary>
internal sealed record ContentRow(Guid Tenant, Guid Id, string? ToUser, string? ToEmail, string Body)
{
    public const int RidesAlong = 64 * 1024;

    public static RowKind<ContentRow> Rows { get; } = new Kind();

    private sealed class Kind() : RowKind<ContentRow>(order: 90)
    {
        protected override int Compare(ContentRow a, ContentRow b) => a.Id.CompareTo(b.Id);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<ContentRow> rows)
        {
            foreach (var row in rows)
                batch.BatchCommands.Add(new($"insert into {Partition.Of(row.Id).Of("contents")} (tenant_id, id, class, body, to_user, to_email) values ($1, $2, $3, $4, $5, $6) on conflict do nothing")
                {
                    Parameters = { new() { Value = row.Tenant }, new() { Value = row.Id }, new() { Value = (short)Partition.Of(row.Id).Class }, new() { Value = row.Body },
                        Text(row.ToUser), Text(row.ToEmail) },
                });
        }

        private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
    }
}
