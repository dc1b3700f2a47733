using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using NpgsqlTypes;

namespace ChatRelay.ApiKeys;

/// <summary>Writes down about once a minute which keys were used: coarse, so that a busy key costs nothing.</summary>
internal sealed class LastUsedWriter(Databases databases, CallerCache callers, RelayClock clock, ILogger<LastUsedWriter> log)
    : PeriodicWrite(TimeSpan.FromSeconds(60), clock, log)
{
    protected override async Task WriteAsync()
    {
        var used = callers.TakeUsed().OrderBy(u => u.Key).ToArray(); // sorted: nodes write the same rows
        if (used.Length == 0) return;
        await using var tenants = databases.Engine.CreateCommand("""
            update api_keys k set last_used_at = relay.now() from unnest($1::uuid[], $2::uuid[]) as u(tenant_id, id)
            where k.tenant_id = u.tenant_id and k.id = u.id
            """);
        var keys = used.Where(u => u.Wall is not null).ToArray();
        tenants.Parameters.Add(UnnestedColumn.Of(keys, u => u.Wall!.Value, NpgsqlDbType.Uuid));
        tenants.Parameters.Add(UnnestedColumn.Of(keys, u => u.Key, NpgsqlDbType.Uuid));
        await tenants.ExecuteNonQueryAsync(CancellationToken.None);

        await using var operators = databases.Engine.CreateCommand("update operator_keys set last_used_at = relay.now() where id = any($1)");
        operators.Parameters.Add(UnnestedColumn.Of(used.Where(u => u.Wall is null).ToArray(), u => u.Key, NpgsqlDbType.Uuid));
        await operators.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
