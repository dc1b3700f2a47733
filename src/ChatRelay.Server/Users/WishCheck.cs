using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Users;

/// <summary>What a step is about, as far as its user may not want it.</summary>
internal sealed record StepSubject(Guid Tenant, string User, string? Category, string Channel, Guid? Room, string? From)
{
    /// <summary>`relay.unwanted` over columns of these names: why the user does not want it, or null.</summary>
    public static string Unwanted(string of) => $"relay.unwanted({of}.tenant_id, {of}.user_id, {of}.category, {of}.channel, {of}.room_id, {of}.room, {of}.sender)";

    public string? RoomText => Room is { } room ? new Protocol.RoomId(room).ToString() : null;
}

/// <summary>Asked in the commit that begins a step: whether its user wants it. What was said a moment before counts.</summary>
internal sealed class WishCheck(StepSubject subject)
{
    public StepSubject Subject => subject;

    /// <summary>Why not; null: it is wanted.</summary>
    public string? Reason { get; private set; }

    public static RowKind<WishCheck> Rows { get; } = new Kind();

    private sealed class Kind() : RowKind<WishCheck>(order: 184)
    {
        internal override int ResultSets => 1;

        protected override int Compare(WishCheck a, WishCheck b) => 0; // it locks nothing

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<WishCheck> rows) => batch.BatchCommands.Add(new($"""
            select i.n, {StepSubject.Unwanted("i")}
            from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[]) with ordinality as i(tenant_id, user_id, category, channel, room_id, room, sender, n)
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Subject.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Subject.User, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Subject.Category, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Subject.Channel, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Subject.Room, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Subject.RoomText, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Subject.From, NpgsqlDbType.Text),
            },
        });

        protected override async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<WishCheck> rows, CancellationToken ct)
        {
            while (await reader.ReadAsync(ct)) rows[(int)reader.GetInt64(0) - 1].Reason = reader.IsDBNull(1) ? null : reader.GetString(1);
        }
    }
}
