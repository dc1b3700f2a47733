using Npgsql;

namespace ChatRelay.Storage.Commits;

/// <summary>Writes many units in one transaction: one round trip, or two when some are keyed.</summary>
internal sealed class BatchWriter(NpgsqlDataSource door, CommitNews news)
{
    /// <summary>Returns after the COMMIT, with an outcome for each unit, in their order.</summary>
    public async Task<CommitOutcome[]> WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct)
    {
        await using var connection = await door.OpenConnectionAsync(ct);
        var outcomes = new CommitOutcome[units.Count];
        Array.Fill(outcomes, CommitOutcome.Done);

        var asked = units.Where(u => u.Keep is not null).Select(u => u.Keep!).ToArray();
        if (asked.Length == 0)
        {
            await WriteRowsAsync(connection, units, wrap: false, ct); // a batch is a transaction of its own
            return outcomes;
        }

        try
        {
            var lost = await TakeClaimsAsync(connection, asked, ct);
            var writing = new List<CommitUnit>(units.Count);
            for (var i = 0; i < units.Count; i++)
            {
                if (units[i].Keep is { } keep && lost[keep.Claim.Claim] is { } outcome) outcomes[i] = outcome;
                else writing.Add(units[i]);
            }
            await WriteRowsAsync(connection, writing, wrap: true, ct);
            return outcomes;
        }
        catch
        {
            await AbandonAsync(connection);
            throw;
        }
    }

    private static async Task<Dictionary<Guid, CommitOutcome?>> TakeClaimsAsync(NpgsqlConnection connection, KeptAnswer[] asked, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("begin") } };
        IdempotencyClaims.AppendTake(batch, asked);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await IdempotencyClaims.ReadTakeAsync(reader, asked, ct);
    }

    private async Task WriteRowsAsync(NpgsqlConnection connection, IReadOnlyList<CommitUnit> units, bool wrap, CancellationToken ct)
    {
        var kinds = ByKind(units);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (kind, rows) in kinds) kind.Append(batch, rows);
        if (wrap) batch.BatchCommands.Add(new("commit"));
        if (batch.BatchCommands.Count == 0) return;

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var started = false;
        foreach (var (kind, rows) in kinds)
        {
            for (var set = 0; set < kind.ResultSetsOf(rows); set++)
            {
                if (started) await reader.NextResultAsync(ct);
                started = true;
                await kind.ReadAsync(reader, rows, ct);
            }
        }
        while (await reader.NextResultAsync(ct)) { } // to the end: only then has the COMMIT been answered
        foreach (var (_, rows) in kinds) news.Tell(rows);
    }

    private static List<(RowKind Kind, List<object> Rows)> ByKind(IReadOnlyList<CommitUnit> units)
    {
        var kinds = new List<(RowKind Kind, List<object> Rows)>();
        foreach (var unit in units)
        {
            foreach (var (kind, row) in unit.Rows)
            {
                var at = kinds.FindIndex(k => ReferenceEquals(k.Kind, kind)); // a handful of kinds: a scan beats a dictionary
                if (at < 0)
                {
                    at = kinds.Count;
                    kinds.Add((kind, []));
                }
                kinds[at].Rows.Add(row);
            }
        }
        kinds.Sort((a, b) => a.Kind.Order.CompareTo(b.Kind.Order));
        return kinds;
    }

    private static async Task AbandonAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var rollback = new NpgsqlCommand("rollback", connection);
            await rollback.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (LostConnection.Is(e) || e is InvalidOperationException)
        {
            // The connection is gone, and its transaction with it.
        }
    }
}
