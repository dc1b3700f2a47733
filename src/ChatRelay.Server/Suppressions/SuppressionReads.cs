using ChatRelay.Http;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Suppressions;

/// <summary>Looks at suppressions behind the caller's wall. One that has ended is not there.</summary>
internal sealed class SuppressionReads(Databases databases)
{
    private const string InForce = "(s.expires_at is null or s.expires_at > relay.now())";

    public async Task<Suppression?> FindAsync(Guid wall, Guid id, CancellationToken ct) =>
        (await AskAsync(wall, $"select {Suppression.Columns} from suppressions s where tenant_id = $1 and id = $2 and {InForce}", Suppression.Of, ct, new NpgsqlParameter { Value = id })).SingleOrDefault();

    public Task<List<Suppression>> ListAsync(Guid wall, PageRequest page, string? email, SuppressionReason? reason, CancellationToken ct) => AskAsync(wall, $"""
        select {Suppression.Columns} from suppressions s
        where tenant_id = $1 and {InForce} and ($2::bytea is null or mark = $2) and ($3::text is null or reason = $3)
          and ($4::uuid is null or id < $4) and ($5::uuid is null or id > $5)
        order by id {(page.Backwards ? "asc" : "desc")} limit {page.Fetch}
        """, Suppression.Of, ct,
        Nullable(email is null ? null : Suppression.MarkOf(wall, email), NpgsqlDbType.Bytea), Nullable(reason is { } known ? WordsOfReason.Of(known) : null, NpgsqlDbType.Text),
        Nullable(page.After, NpgsqlDbType.Uuid), Nullable(page.Before, NpgsqlDbType.Uuid));

    /// <summary>Those of these addresses that get no mail of this kind now, and why: for a look that sends nothing.</summary>
    public async Task<Dictionary<string, SuppressionReason>> OfAsync(Guid wall, IReadOnlyList<string> emails, bool broadcast, CancellationToken ct)
    {
        var marks = emails.Select(e => Suppression.MarkOf(wall, e)).ToArray();
        var rows = await AskAsync(wall, $"select mark, reason from suppressions s where tenant_id = $1 and mark = any($2) and {InForce}",
            r => (Mark: Convert.ToHexString(r.GetFieldValue<byte[]>(0)), Reason: WordsOfReason.Read(r.GetString(1))), ct, new NpgsqlParameter { Value = marks });
        var found = new Dictionary<string, SuppressionReason>();
        for (var i = 0; i < marks.Length; i++)
        {
            var mine = rows.Where(r => r.Mark == Convert.ToHexString(marks[i]) && (broadcast || Suppression.StreamOf(r.Reason) is SuppressedStream.All)).Select(r => r.Reason).ToList();
            if (mine.Count > 0) found[emails[i]] = mine.Min();
        }
        return found;
    }

    private async Task<List<T>> AskAsync<T>(Guid wall, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params NpgsqlParameter[] more)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        var ask = new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = wall } } };
        foreach (var parameter in more) ask.Parameters.Add(parameter);
        batch.BatchCommands.Add(ask);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
