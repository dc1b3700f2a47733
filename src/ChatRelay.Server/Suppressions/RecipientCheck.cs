using ChatRelay.Storage.Commits;
using ChatRelay.Users;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Suppressions;

/// <summary>
/// Asked in the commit that marks the beginning of an attempt: which of its recipients are suppressed now, and, of a first attempt, which have had enough
/// mail. The count stands in the database: it is the same for all nodes, and survives them.
/// </summary>
internal sealed class RecipientCheck(Guid tenant, IReadOnlyList<string> emails, bool broadcast, RecipientCaps? caps, StepSubject? subject = null)
{
    public const string Cap = "recipient_cap";

    private readonly byte[][] _marks = [.. emails.Select(e => Suppression.MarkOf(tenant, e))];
    private readonly Dictionary<string, SuppressionReason> _suppressed = [];
    private readonly HashSet<string> _full = [];
    private readonly RecipientCaps? _caps = caps;
    private readonly bool _broadcast = broadcast;

    // What its user does not want is not sent, and counts for nobody.
    private readonly StepSubject? _subject = subject;

    private Guid Tenant => tenant;

    /// <summary>Why this one gets no mail of this kind; null: he gets it.</summary>
    public string? ReasonOf(string email) => _suppressed.TryGetValue(email, out var reason) ? WordsOfReason.Of(reason) : _full.Contains(email) ? Cap : null;

    public static RowKind<RecipientCheck> Rows { get; } = new Kind();

    /// <summary>Of several reasons the one that weighs most is told.</summary>
    private void Found(int at, SuppressionReason reason)
    {
        if (Suppression.StreamOf(reason) is SuppressedStream.Broadcast && !_broadcast) return;
        if (!_suppressed.TryGetValue(emails[at], out var known) || reason < known) _suppressed[emails[at]] = reason;
    }

    /// <summary>What is left is shared out in the order of the rows.</summary>
    private void Take(Dictionary<(Guid, string), long> left)
    {
        for (var at = 0; at < emails.Count; at++)
        {
            if (_suppressed.ContainsKey(emails[at]) || !left.TryGetValue((tenant, Convert.ToHexString(_marks[at])), out var room)) continue;
            if (room > 0) left[(tenant, Convert.ToHexString(_marks[at]))] = room - 1;
            else _full.Add(emails[at]);
        }
    }

    private sealed class Kind() : RowKind<RecipientCheck>(order: 185)
    {
        private const string Hour = "date_trunc('hour', relay.now(), 'UTC')", Day = "date_trunc('day', relay.now(), 'UTC')";

        internal override int ResultSetsOf(IReadOnlyList<object> rows) => rows.Any(r => ((RecipientCheck)r)._caps is not null) ? 2 : 1;

        protected override int Compare(RecipientCheck a, RecipientCheck b) => 0; // what it locks is sorted below

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<RecipientCheck> rows)
        {
            foreach (var row in rows)
            {
                row._suppressed.Clear();
                row._full.Clear();
            }
            var asked = rows.SelectMany((row, n) => row._marks.Select((mark, at) => new Asked(row, n, at, mark))).ToList();
            batch.BatchCommands.Add(Suppressed(asked));
            var counted = asked.Where(a => a.Of._caps is not null).ToList();
            if (counted.Count == 0) return;
            batch.BatchCommands.Add(Known(counted));
            batch.BatchCommands.Add(Count(counted));
        }

        protected override async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<RecipientCheck> rows, CancellationToken ct)
        {
            if (reader.GetName(0) == "n")
            {
                while (await reader.ReadAsync(ct)) rows[reader.GetInt32(0)].Found(reader.GetInt32(1), WordsOfReason.Read(reader.GetString(2)));
                return;
            }
            var left = new Dictionary<(Guid, string), long>();
            while (await reader.ReadAsync(ct)) left[(reader.GetGuid(0), Convert.ToHexString(reader.GetFieldValue<byte[]>(1)))] = reader.GetInt64(2);
            foreach (var row in rows.Where(r => r._caps is not null)) row.Take(left);
        }

        private static NpgsqlBatchCommand Suppressed(List<Asked> asked) => new("""
            select i.n, i.at, s.reason
            from unnest($1::int[], $2::int[], $3::uuid[], $4::bytea[]) as i(n, at, tenant_id, mark)
            join suppressions s on s.tenant_id = i.tenant_id and s.mark = i.mark
            where s.expires_at is null or s.expires_at > relay.now()
            """)
        {
            Parameters = { UnnestedColumn.Of(asked, a => a.Row, NpgsqlDbType.Integer), UnnestedColumn.Of(asked, a => a.At, NpgsqlDbType.Integer), Tenants(asked), Marks(asked) },
        };

        // Rows first, in a statement of their own: the one that counts has to see them, and holds them until the commit.
        private static NpgsqlBatchCommand Known(List<Asked> asked) => new($"""
            insert into recipient_counts (tenant_id, mark, hour, in_hour, day, in_day)
            select distinct tenant_id, mark, {Hour}, 0, {Day}, 0 from unnest($1::uuid[], $2::bytea[]) as i(tenant_id, mark) order by tenant_id, mark
            on conflict do nothing
            """) { Parameters = { Tenants(asked), Marks(asked) } };

        private static NpgsqlBatchCommand Count(List<Asked> asked) => new($"""
            with asked as materialized (
              select i.tenant_id, i.mark, count(*) as n, min(i.per_hour) as per_hour, min(i.per_day) as per_day
              from unnest($1::uuid[], $2::bytea[], $3::int[], $4::int[], $5::boolean[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::text[])
                as i(tenant_id, mark, per_hour, per_day, broadcast, user_id, category, channel, room_id, room, sender)
              where (i.user_id is null or {StepSubject.Unwanted("i")} is null) and not exists (select from suppressions s where s.tenant_id = i.tenant_id and s.mark = i.mark
                and (s.expires_at is null or s.expires_at > relay.now()) and (s.stream = 'all' or i.broadcast))
              group by i.tenant_id, i.mark
            ), counted as materialized (
              select c.tenant_id, c.mark, case when c.hour = {Hour} then c.in_hour else 0 end as in_hour, case when c.day = {Day} then c.in_day else 0 end as in_day, a.n, a.per_hour, a.per_day
              from asked a join recipient_counts c on c.tenant_id = a.tenant_id and c.mark = a.mark
              order by c.tenant_id, c.mark
              for update of c
            ), granted as (
              select *, least(n, greatest(0, per_hour - in_hour), greatest(0, per_day - in_day)) as granted from counted
            )
            update recipient_counts c set hour = {Hour}, in_hour = g.in_hour + g.granted, day = {Day}, in_day = g.in_day + g.granted
            from granted g where c.tenant_id = g.tenant_id and c.mark = g.mark
            returning c.tenant_id, c.mark, g.granted
            """)
        {
            Parameters =
            {
                Tenants(asked), Marks(asked), UnnestedColumn.Of(asked, a => a.Of._caps!.Value.PerHour, NpgsqlDbType.Integer),
                UnnestedColumn.Of(asked, a => a.Of._caps!.Value.PerDay, NpgsqlDbType.Integer), UnnestedColumn.Of(asked, a => a.Of._broadcast, NpgsqlDbType.Boolean),
                UnnestedColumn.Of(asked, a => a.Of._subject?.User, NpgsqlDbType.Text), UnnestedColumn.Of(asked, a => a.Of._subject?.Category, NpgsqlDbType.Text),
                UnnestedColumn.Of(asked, a => a.Of._subject?.Channel, NpgsqlDbType.Text), UnnestedColumn.Of(asked, a => a.Of._subject?.Room, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(asked, a => a.Of._subject?.RoomText, NpgsqlDbType.Text), UnnestedColumn.Of(asked, a => a.Of._subject?.From, NpgsqlDbType.Text),
            },
        };

        private static NpgsqlParameter<Guid[]> Tenants(List<Asked> asked) => UnnestedColumn.Of(asked, a => a.Of.Tenant, NpgsqlDbType.Uuid);
        private static NpgsqlParameter<byte[][]> Marks(List<Asked> asked) => UnnestedColumn.Of(asked, a => a.Mark, NpgsqlDbType.Bytea);

        private sealed record Asked(RecipientCheck Of, int Row, int At, byte[] Mark);
    }
}
