using System.Text.RegularExpressions;
using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Tests.Architecture;

/// <summary>Rules that every piece of SQL keeps: one clock, and a wall around every table with a tenant.</summary>
public sealed partial class SqlRulesTests
{
    [Fact]
    public void Sql_takes_the_time_from_one_place()
    {
        var src = Path.Combine(Repository.Root, "src");
        var wrong = Directory.EnumerateFiles(src, "*.*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".sql", StringComparison.Ordinal) || f.EndsWith(".cs", StringComparison.Ordinal))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f).Where(line => OtherClocks().IsMatch(line) && !line.Contains("pg_catalog.now()", StringComparison.Ordinal)).Select(line => $"{Path.GetFileName(f)}: {line.Trim()}"))
            .ToList();
        // clock_timestamp() may only measure how long something took, beside a time of relay.now().
        Assert.All(wrong, w => Assert.Contains("clock_timestamp() - ", w, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_table_with_a_tenant_stands_behind_the_wall()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand("""
            select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'relay' and c.relkind in ('r', 'p') and not c.relispartition
              and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
              and not (c.relrowsecurity and c.relforcerowsecurity)
            """, owner);
        await using var reader = await command.ExecuteReaderAsync();
        var open = new List<string>();
        while (await reader.ReadAsync()) open.Add(reader.GetString(0));
        Assert.Empty(open);
    }

    [Fact]
    public async Task The_tenant_is_the_first_key_of_every_such_table()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand("""
            select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped
            join pg_index i on i.indrelid = c.oid and i.indisprimary
            where n.nspname = 'relay' and c.relkind in ('r', 'p') and not c.relispartition and i.indkey[0] <> t.attnum
            """, owner);
        Assert.Null(await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_request_without_its_tenant_sees_nothing_even_without_a_filter()
    {
        await using var host = await RelayHost.StartAsync();
        var (one, other) = (await host.NewTenantAsync("one"), await host.NewTenantAsync("other"));
        await using var request = new NpgsqlConnection(host.Database.Logins.Request);
        await request.OpenAsync();

        Assert.Equal(0L, await CountAsync("select count(*) from relay.api_keys"));
        Assert.Equal(0L, await CountAsync("select count(*) from relay.tenants"));

        var wall = await host.SqlAsync("select tenant_id from relay.tenants where environment = 'live' and name = 'one'");
        Assert.Equal(1L, await CountAsync($"call relay.as_tenant('{wall}'); select count(*) from relay.api_keys"));
        Assert.Equal(1L, await CountAsync($"call relay.as_tenant('{wall}'); select count(*) from relay.tenants"));
        Assert.Equal(0L, await CountAsync("select count(*) from relay.api_keys")); // it ended with its transaction
        Assert.NotEqual(one.Id, other.Id);

        async Task<long> CountAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, request);
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }

    [Fact]
    public async Task Neither_working_login_is_a_superuser_or_passes_the_wall()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand("select count(*) from pg_roles where rolname = any($1) and (rolsuper or rolbypassrls or rolcreaterole)", owner);
        command.Parameters.AddWithValue(new[] { database.Logins.EngineRole, database.Logins.RequestRole });
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }

    [GeneratedRegex(@"(?<!relay\.|pg_catalog\.|\w)(now|clock_timestamp|transaction_timestamp|statement_timestamp)\(\)|\bcurrent_(timestamp|date)\b|\blocaltimestamp\b")]
    private static partial Regex OtherClocks();
}
