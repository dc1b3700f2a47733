using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Secrets;

/// <summary>Goes through a sealed column in the order of its key, a bounded page a time, and seals anew what an older data key sealed.</summary>
internal sealed class CellWalk(Databases databases, TenantDataKeys keys, Chance chance, int pageSize)
{
    public async Task RunAsync(SealedColumn column, RotationReport report, Action<RotationReport> progress, CancellationToken ct)
    {
        if (!column.IsWalkable) throw new InvalidOperationException($"{column.Table}.{column.Column} has no key to walk by");
        string[]? after = null;
        while (await PageAsync(column, after, ct) is { Count: > 0 } page)
        {
            await ResealAsync(column, page, report, ct);
            after = page[^1].Row;
            progress(report);
        }
    }

    private async Task ResealAsync(SealedColumn column, List<(string[] Row, byte[]? Blob)> page, RotationReport report, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection); // one transaction
        var current = new Dictionary<Guid, DataKeyFound>();
        foreach (var (row, blob) in page)
        {
            if (blob is null) continue;
            var cell = column.CellOf(row);
            if (!current.TryGetValue(cell.Tenant, out var now)) current[cell.Tenant] = now = await keys.CurrentAsync(cell.Tenant, ct);
            var version = Sealing.VersionOf(blob);
            if (now.Key is { } seals && version >= seals.Version) continue;

            var opened = await OpenAsync(cell, blob, version, ct);
            if (opened is Opened.Plain plain && now.Key is { } key)
                batch.BatchCommands.Add(column.ReplaceCommand(row, blob, Sealing.Seal(key, cell, plain.Bytes, chance)));
            else
                report.CountClosed($"{cell} of tenant {cell.Tenant:D}", opened is Opened.Closed closed ? closed.Fault : now.Fault);
        }
        if (batch.BatchCommands.Count > 0) report.CountCells(await batch.ExecuteNonQueryAsync(ct));
    }

    private async Task<Opened> OpenAsync(SealedCell cell, byte[] blob, int? version, CancellationToken ct)
    {
        if (version is not { } known) return new Opened.Closed(SealFault.Malformed);
        var found = await keys.FindAsync(cell.Tenant, known, ct);
        return found.Key is { } key ? Sealing.Open(key, cell, blob) : new Opened.Closed(found.Fault);
    }

    private async Task<List<(string[] Row, byte[]? Blob)>> PageAsync(SealedColumn column, string[]? after, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { column.PageCommand(after, pageSize) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var page = new List<(string[], byte[]?)>();
        while (await reader.ReadAsync(ct))
        {
            var row = new string[column.Keys.Length];
            for (var i = 0; i < row.Length; i++) row[i] = reader.GetString(i);
            page.Add((row, reader.IsDBNull(row.Length) ? null : reader.GetFieldValue<byte[]>(row.Length)));
        }
        return page;
    }
}
