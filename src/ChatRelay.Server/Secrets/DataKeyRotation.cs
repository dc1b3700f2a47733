using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Secrets;

/// <summary>Wraps the data keys of all tenants under another key of the ring, and adds a version for each tenant: a transaction a tenant.</summary>
internal sealed class DataKeyRotation(Databases databases, LiveKeyRing ring, Chance chance)
{
    private const int PageSize = 200;

    public async Task RunAsync(RingKey goal, RotationReport report, Action<RotationReport> progress, CancellationToken ct)
    {
        Guid? after = null;
        while (await PageAsync(goal, after, ct) is { Count: > 0 } tenants)
        {
            foreach (var tenant in tenants) await RotateAsync(tenant, goal, report, ct);
            after = tenants[^1]; // past those that do not open, too
            progress(report);
        }
    }

    private async Task RotateAsync(Guid tenant, RingKey goal, RotationReport report, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var stored = await StoredAsync(connection, tenant, ct);
        var keys = stored.ConvertAll(row => ring.Find(row.RingKey) is { } wrapping ? DataKey.Unwrap(tenant, row.Version, row.Wrapped, wrapping) : null);
        for (var i = 0; i < stored.Count; i++)
            if (keys[i] is null) report.CountClosed($"data key {stored[i].Version} of tenant {tenant:D}", SealFault.DataKeyDamaged);
        if (stored.Count == 0 || keys[^1] is not { } latest) return; // fails closed: a newer version would only hide that its key is lost

        await using var batch = new NpgsqlBatch(connection);
        for (var i = 0; i < stored.Count; i++)
            if (keys[i] is { } key && stored[i].RingKey != goal.Number) batch.BatchCommands.Add(WrapCommand(key, goal));
        if (stored[^1].RingKey != goal.Number) // else an earlier run has added it
        {
            batch.BatchCommands.Add(AddCommand(DataKey.Make(tenant, latest.Version + 1, chance), goal));
            report.CountDataKey();
        }
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private async Task<List<Guid>> PageAsync(RingKey goal, Guid? after, CancellationToken ct)
    {
        await using var command = databases.Engine.CreateCommand($"""
            select distinct tenant_id from tenant_data_keys
            where ring_key <> $1 and ($2::uuid is null or tenant_id > $2) order by tenant_id limit {PageSize}
            """);
        command.Parameters.AddWithValue(goal.Number);
        command.Parameters.AddWithValue((object?)after ?? DBNull.Value);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tenants = new List<Guid>();
        while (await reader.ReadAsync(ct)) tenants.Add(reader.GetGuid(0));
        return tenants;
    }

    private static async Task<List<(int Version, int RingKey, byte[] Wrapped)>> StoredAsync(NpgsqlConnection connection, Guid tenant, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select version, ring_key, wrapped from tenant_data_keys where tenant_id = $1 order by version for update", connection);
        command.Parameters.AddWithValue(tenant);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var stored = new List<(int, int, byte[])>();
        while (await reader.ReadAsync(ct)) stored.Add((reader.GetInt32(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2)));
        return stored;
    }

    private NpgsqlBatchCommand WrapCommand(DataKey key, RingKey goal) =>
        new("update tenant_data_keys set ring_key = $3, wrapped = $4 where tenant_id = $1 and version = $2") { Parameters = { P(key.Tenant), P(key.Version), P(goal.Number), P(key.Wrap(goal, chance)) } };

    private NpgsqlBatchCommand AddCommand(DataKey key, RingKey goal) =>
        new("insert into tenant_data_keys (tenant_id, version, ring_key, wrapped) values ($1, $2, $3, $4)") { Parameters = { P(key.Tenant), P(key.Version), P(goal.Number), P(key.Wrap(goal, chance)) } };

    private static NpgsqlParameter P(object value) => new() { Value = value };
}
