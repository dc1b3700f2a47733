using System.Text.Json;
using ChatRelay.Events;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ChatRelay.Tests.Events;

public sealed class EventLogTests : IAsyncLifetime
{
    private RelayHost host = null!;
    private TenantAccess acme = null!;
    private Guid wall;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        acme = await host.NewTenantAsync();
        wall = await WallOfAsync(acme);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task An_event_that_commits_late_is_not_skipped_by_who_has_read_later_ones()
    {
        await using var slow = await WriterAsync();
        await AppendAsync(slow, "late"); // begun first, and holds its place
        await using (var quick = await WriterAsync()) await AppendAsync(quick, "early", commit: true);

        // By a sequence, or by time, the early one would be shown now, and the late one would stand before it when it comes.
        var before = await acme.Http.ReadAsync("/v1/events?type=test.*");
        Assert.Empty(before["data"].EnumerateArray());
        Assert.Equal(JsonValueKind.Null, before["next_cursor"].ValueKind);

        await CommitAsync(slow);
        Assert.Equal(["late", "early"], await PullAsync("?type=test.*", 2));
    }

    [Fact]
    public async Task A_reader_by_cursor_misses_nothing_and_sees_nothing_twice_while_long_and_short_transactions_write()
    {
        const int each = 60;
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            var dice = new Random(writer);
            for (var i = 0; i < each; i++)
            {
                await using var connection = await WriterAsync();
                await AppendAsync(connection, $"{writer}-{i}");
                if (dice.Next(4) == 0) await ExecuteAsync(connection, "select pg_sleep(0.03)");
                await CommitAsync(connection);
            }
        }));

        var seen = new List<string>();
        string? cursor = null;
        await Eventually.Async(async () =>
        {
            var page = await acme.Http.ReadAsync($"/v1/events?type=test.*&limit=7{(cursor is null ? "" : $"&after={cursor}")}");
            seen.AddRange(page["data"].EnumerateArray().Select(e => e.GetProperty("data").GetProperty("n").GetString()!));
            cursor = page["next_cursor"].GetString() ?? cursor;
            return writing.IsCompleted && page["data"].GetArrayLength() == 0 && seen.Count >= 4 * each;
        });
        await writing;
        Assert.Equal(4 * each, seen.Count);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        for (var writer = 0; writer < 4; writer++) // each writer's own order is kept: its transactions follow one another
            Assert.Equal(Enumerable.Range(0, each).Select(i => $"{writer}-{i}"), seen.Where(s => s.StartsWith($"{writer}-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_restored_database_goes_on_behind_what_it_had_although_its_transactions_are_counted_anew()
    {
        await using (var old = await WriterAsync()) await AppendAsync(old, "before", commit: true);
        await host.SqlAsync("update relay.events set xid = '9000000000000' where type = 'test.happened'"); // the other cluster was further
        await host.SqlAsync("update relay.installation set generation = generation + 1");
        await using (var now = await WriterAsync()) await AppendAsync(now, "after", commit: true);
        Assert.Equal(["before", "after"], await PullAsync("?type=test.*", 2));
    }

    [Fact]
    public async Task The_log_is_narrowed_by_type_account_and_time()
    {
        await Upkeep.MarkAsync(default);
        await using (var one = await WriterAsync())
        {
            await AppendAsync(one, "a", "test.one", "customer_1");
            await AppendAsync(one, "b", "test.two.deep", "customer_2", commit: true);
        }
        await host.TimePasses(TimeSpan.FromHours(2));
        await Upkeep.MarkAsync(default);
        await using (var two = await WriterAsync()) await AppendAsync(two, "c", "tested", "customer_1", commit: true);
        await PullAsync("", 3);

        var hourAgo = Uri.EscapeDataString(Now.AddHours(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        Assert.Equal(["a", "b"], await PullAsync("?type=test.*", 2));
        Assert.Equal(["b"], await PullAsync("?type=test.two.deep", 1));
        Assert.Equal(["a", "c"], await PullAsync("?account=customer_1", 2));
        Assert.Equal(["c"], await PullAsync($"?created_after={hourAgo}&type=*", 1));
        Assert.Equal(["a", "b"], await PullAsync($"?created_before={hourAgo}", 2));
        Assert.Equal("invalid_parameter", (await acme.Http.ReadAsync("/v1/events?type=.*")).Code);
    }

    [Fact]
    public async Task A_cursor_belongs_to_its_tenant_and_its_filter_and_audit_entries_have_another_list()
    {
        await using (var one = await WriterAsync()) await AppendAsync(one, "a", commit: true);
        await PullAsync("?type=test.*", 1);
        var page = await acme.Http.ReadAsync("/v1/events?type=test.*&limit=1");
        var cursor = page["next_cursor"].GetString();
        var other = await host.NewTenantAsync();
        Assert.Equal("invalid_cursor", (await other.Http.ReadAsync($"/v1/events?type=test.*&after={cursor}")).Code);
        Assert.Equal("invalid_cursor", (await acme.Http.ReadAsync($"/v1/events?after={cursor}")).Code);

        var id = page["data.0.id"].GetString();
        Assert.Equal(page["data.0"].GetRawText(), (await acme.Http.ReadAsync($"/v1/events/{id}")).Text);
        Assert.Equal("not_found", (await other.Http.ReadAsync($"/v1/events/{id}")).Code);

        await acme.Http.SendAsync("/v1/api-keys", new { name = "audited" });
        Assert.All((await acme.Http.ReadAsync("/v1/events"))["data"].EnumerateArray(), e => Assert.Equal("test.happened", e.GetProperty("type").GetString()));
        using var narrow = await acme.WithKeyAsync("live", "webhooks:write");
        Assert.Equal("missing_scope", (await narrow.ReadAsync("/v1/events")).Code);
    }

    [Fact]
    public async Task The_log_is_kept_as_long_as_the_tenants_class_says_and_audit_entries_for_a_year()
    {
        await host.Operator.ChangeAsync($"/v1/tenants/{acme.Id}", new { settings = new { retention_days = 7 } });
        await using (var old = await WriterAsync()) await AppendAsync(old, "old", commit: true);
        await acme.Http.SendAsync("/v1/api-keys", new { name = "audited" });
        await host.TimePasses(TimeSpan.FromDays(9));
        await using (var fresh = await WriterAsync()) await AppendAsync(fresh, "fresh", commit: true);
        await Upkeep.RetireAsync(default);
        Assert.Equal(["fresh"], await PullAsync("?type=test.*", 1));
        Assert.Equal("api_key.created", (await acme.Http.ReadAsync("/v1/audit-events"))["data.0.type"].GetString());

        await host.TimePasses(TimeSpan.FromDays(370));
        await Upkeep.RetireAsync(default);
        Assert.Equal(0L, await host.SqlAsync("select count(*) from relay.events where tenant_id = $1", wall));
    }

    [Fact]
    public async Task Each_batch_looks_at_the_next_tenants_and_comes_round_to_all()
    {
        await host.NewTenantAsync();
        await host.SqlAsync("insert into relay.events (tenant_id, id, type) select tenant_id, relay.first_id('2020-01-01'), 'test.old' from relay.tenants");
        async Task<long> LeftAsync() => (long)(await host.SqlAsync("select count(*) from relay.events where type = 'test.old'"))!;
        var before = await LeftAsync();
        Assert.True(before >= 4);
        for (var turns = 2 * (before + 1); turns > 0; turns--)
        {
            await Upkeep.RetireAsync(tenantsAtOnce: 1, mostBatches: 1, CancellationToken.None);
            var left = await LeftAsync();
            Assert.InRange(left, before - 1, before);
            before = left;
        }
        Assert.Equal(0L, before);
    }

    [Fact]
    public async Task A_deep_cursor_is_found_along_the_index_also_behind_the_wall()
    {
        await host.SqlAsync("insert into relay.events (tenant_id, id, type) select $1, gen_random_uuid(), 'test.many' from generate_series(1, 5000)", wall);
        await host.SqlAsync("analyze relay.events");
        await using var request = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(host.Database.Logins.Request) { SearchPath = "relay" }.ConnectionString);
        await request.OpenAsync();
        await using var batch = new NpgsqlBatch(request);
        batch.BatchCommands.Add(new("call relay.as_tenant($1)") { Parameters = { new() { Value = wall } } });
        batch.BatchCommands.Add(new("explain " + EventReads.PageSql)
        {
            Parameters =
            {
                new() { Value = wall }, new() { Value = 1L }, new() { Value = "9000" }, new() { Value = Guid.Empty }, Null(NpgsqlTypes.NpgsqlDbType.Text), Null(NpgsqlTypes.NpgsqlDbType.Text), Null(NpgsqlTypes.NpgsqlDbType.Text),
                Null(NpgsqlTypes.NpgsqlDbType.TimestampTz), Null(NpgsqlTypes.NpgsqlDbType.TimestampTz), new() { Value = 20 },
            },
        });
        await using var reader = await batch.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync()) plan.Add(reader.GetString(0));
        Assert.Contains(plan, line => line.Contains("events_in_order", StringComparison.Ordinal));
        Assert.Contains(plan, line => line.Contains("Index Cond", StringComparison.Ordinal) && line.Contains("ROW(", StringComparison.Ordinal));

        static NpgsqlParameter Null(NpgsqlTypes.NpgsqlDbType type) => new() { Value = DBNull.Value, NpgsqlDbType = type };
    }

    private EventUpkeep Upkeep => host.Services.GetRequiredService<EventUpkeep>();
    private DateTimeOffset Now => host.Services.GetRequiredService<TimeProvider>().GetUtcNow();

    /// <summary>Reads from the start until that much has come: another test's transaction on this server may hold it back for a moment.</summary>
    private async Task<IReadOnlyList<string>> PullAsync(string query, int count)
    {
        Said page = null!;
        await Eventually.Async(async () => (page = await acme.Http.ReadAsync($"/v1/events{query}"))["data"].GetArrayLength() >= count);
        return [.. page["data"].EnumerateArray().Select(e => e.GetProperty("data").GetProperty("n").GetString()!)];
    }

    private async Task<Guid> WallOfAsync(TenantAccess tenant) => (Guid)(await host.SqlAsync(
        "select tenant_id from relay.tenants where environment = 'live' and live_id = $1", RelayId.TryParse<TenantId>(tenant.Id, out var id) ? id.Value : default))!;

    private async Task<NpgsqlConnection> WriterAsync()
    {
        var connection = new NpgsqlConnection(host.Database.Logins.Engine);
        await connection.OpenAsync();
        await ExecuteAsync(connection, "begin");
        return connection;
    }

    private async Task AppendAsync(NpgsqlConnection connection, string n, string type = "test.happened", string? account = null, bool commit = false)
    {
        await using var insert = new NpgsqlCommand("""
            insert into relay.events (tenant_id, id, generation, type, account, data) values ($1, $2, (select generation from relay.installation), $3, $4, $5)
            """, connection);
        foreach (var value in (object[])[wall, RelayId.New<ChatRelay.Protocol.EventId>(Now).Value, type, (object?)account ?? DBNull.Value, $$"""{"n":"{{n}}"}"""])
            insert.Parameters.Add(value is DBNull ? new() { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } : new() { Value = value });
        await insert.ExecuteNonQueryAsync();
        if (commit) await CommitAsync(connection);
    }

    private static Task CommitAsync(NpgsqlConnection connection) => ExecuteAsync(connection, "commit");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
