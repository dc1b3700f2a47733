using ChatRelay.Presence;
using ChatRelay.TestKit;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Tests.Presence;

/// <summary>What is asked every second on every node, over tables of 100,000 rows that nobody has analysed: it walks indexes.</summary>
public sealed class PresencePlanTests
{
    private static readonly Guid Wall = new(7, 0, 0, new byte[8]), Node = new(8, 0, 0, new byte[8]);

    [Fact]
    public async Task What_is_asked_every_second_is_found_by_its_index()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await RunAsync(owner, "insert into relay.nodes (incarnation, node, roles, version, address) values ($1, 'one', '{}', '0', '')", Node);
        await RunAsync(owner, "insert into relay.presences (tenant_id, user_id, status) select $1, 'u' || n, 'online' from generate_series(1, 100000) n", Wall);
        await RunAsync(owner, "insert into relay.presence_nodes (tenant_id, user_id, incarnation, active) select $1, 'u' || n, $2, true from generate_series(1, 100000) n", Wall, Node);
        await RunAsync(owner, """
            insert into relay.signals (tenant_id, id, user_id, device, kind, sender, encrypted, expires_at)
            select $1, gen_random_uuid(), 'u' || n, '*', 'ring', 'x', false, relay.now() + interval '1 minute' from generate_series(1, 100000) n
            """, Wall);
        await using var next = new NpgsqlCommand("select pg_snapshot_xmin(pg_current_snapshot())::text", owner);
        var since = (string)(await next.ExecuteScalarAsync())!;

        foreach (var (sql, values) in ((string, object[])[])
        [
            (PresenceTable.ChangedSql, [new[] { Wall }, since, new[] { Guid.Empty }]),
            (PresenceTable.DueSql, [TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(15)]),
            (SignalTable.NewSql, [since]),
        ])
        {
            await using var explain = new NpgsqlCommand("set search_path to relay; set plan_cache_mode to force_custom_plan", owner);
            await explain.ExecuteNonQueryAsync();
            await using var plan = new NpgsqlCommand($"explain {sql}", owner);
            foreach (var value in values) plan.Parameters.Add(value is TimeSpan span ? new() { Value = span, NpgsqlDbType = NpgsqlDbType.Interval } : new() { Value = value });
            var lines = new List<string>();
            await using var reader = await plan.ExecuteReaderAsync();
            while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
            Assert.DoesNotContain(lines, line => line.Contains("Seq Scan on presences", StringComparison.Ordinal) || line.Contains("Seq Scan on presence_nodes", StringComparison.Ordinal) || line.Contains("Seq Scan on signals", StringComparison.Ordinal));
        }
    }

    private static async Task RunAsync(NpgsqlConnection owner, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, owner);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
