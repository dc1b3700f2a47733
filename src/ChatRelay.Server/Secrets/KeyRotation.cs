using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Secrets;

/// <summary>
/// A new key of the ring, a new data key for each tenant, every sealed value sealed anew. Steps: (1) choose the ring's key,
/// (2) name it in the database, (3) wrap the data keys anew and add one a tenant, (4) walk the sealed columns until a walk
/// finds nothing to do, (5) say that it has ended. Killed anywhere, the next run goes on: each step looks at what is there.
/// Old versions and old keys stay, so that nodes keep working meanwhile, and a restored backup opens.
/// </summary>
internal sealed class KeyRotation(Databases databases, KeyRingPlace place, Chance chance, int pageSize = 500)
{
    private const long Lock = SchemaMigrations.Lock + 1;

    public async Task<RotationOutcome> RunAsync(Action<RotationReport> progress, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        if (!await ScalarAsync<bool>(connection, $"select pg_try_advisory_lock({Lock})", ct))
            return new RotationOutcome.Refused("another rotation is running");
        try
        {
            return await RotateAsync(connection, progress, ct);
        }
        finally
        {
            await ScalarAsync<bool>(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None); // a pooled session would keep it
        }
    }

    private async Task<RotationOutcome> RotateAsync(NpgsqlConnection connection, Action<RotationReport> progress, CancellationToken ct)
    {
        // (1)
        if (place.Read() is not RingFound.Here { Ring: var ring }) return new RotationOutcome.Refused($"{place.Name} holds no key ring");
        var inUse = await ScalarAsync<int>(connection, "select ring_key from key_ring", ct);
        var unfinished = await ScalarAsync<bool>(connection, "select rotating from key_ring", ct);
        if (!unfinished && ring.Newest.Number <= inUse)
        {
            if (!place.CanWrite)
                return new RotationOutcome.Refused($"{place.Name} holds no key after {inUse}: add one there, restart every node with it, and run this again");
            ring = ring.WithNewKey(chance);
            place.Write(ring); // before the database names it: nodes read the file when they meet the number
        }
        var goal = unfinished ? ring.Find(inUse) : ring.Newest;
        if (goal is null) return new RotationOutcome.Refused($"a rotation to key {inUse} has not ended, and {place.Name} lacks that key");

        // (2)
        await NameAsync(connection, goal, ct);

        // (3)
        var report = new RotationReport(goal.Number);
        var live = new LiveKeyRing(ring, place);
        await new DataKeyRotation(databases, live, chance).RunAsync(goal, report, progress, ct);

        // (4) What a node sealed with the version before, between our look and its commit, is found by the next walk.
        var walk = new CellWalk(databases, new TenantDataKeys(databases, live, chance), chance, pageSize);
        int resealed;
        do
        {
            resealed = report.Cells;
            foreach (var column in await SealedColumn.AllAsync(databases, ct)) await walk.RunAsync(column, report, progress, ct);
        }
        while (report.Cells > resealed);

        // (5)
        await using var end = new NpgsqlCommand("update key_ring set rotating = false", connection);
        await end.ExecuteNonQueryAsync(ct);
        return new RotationOutcome.Done(report);
    }

    private async Task NameAsync(NpgsqlConnection connection, RingKey goal, CancellationToken ct)
    {
        await using var name = new NpgsqlCommand("update key_ring set ring_key = $1, proof = $2, rotating = true", connection)
        {
            Parameters = { new() { Value = goal.Number }, new() { Value = KeyRingGate.Prove(goal, chance) } },
        };
        await name.ExecuteNonQueryAsync(ct);
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }
}
