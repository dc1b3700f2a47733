using System.Text.RegularExpressions;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Npgsql;

namespace ChatRelay.Tests.Storage;

/// <summary>A node on the logins that docs/operations.md makes: with those rights it serves, and with no more.</summary>
public sealed partial class RightsTests(RightsTests.ByTheBook node) : IClassFixture<RightsTests.ByTheBook>
{
    /// <summary>The statements of the page, run as they stand there but for the names; and a node on what they made.</summary>
    public sealed partial class ByTheBook : IAsyncLifetime
    {
        private readonly string _prefix = $"rights_{Environment.ProcessId}";
        private string _administrator = "";

        internal RelayDatabase Database { get; private set; } = null!;
        internal RelayHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _administrator = await TestPostgres.OwnerAsync();
            var page = await File.ReadAllTextAsync(Repository.File("docs/operations.md"));
            var sql = page[(page.IndexOf("```sql\n", StringComparison.Ordinal) + 7)..];
            foreach (var statement in sql[..sql.IndexOf("```", StringComparison.Ordinal)].Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                // Who is no superuser may make a database only for somebody that it could be.
                if (statement.StartsWith("create database", StringComparison.Ordinal)) await RunAsync($"grant {_prefix}_owner to current_user");
                await RunAsync(Named(statement));
            }
            Database = RelayDatabase.With(new DatabaseLogins(Login("owner"), Login("engine"), Login("request")));
            Host = await RelayHost.StartAsync(Database, null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            foreach (var role in (string[])["owner", "engine", "request"])
                await using (var pooled = new NpgsqlConnection(Login(role))) NpgsqlConnection.ClearPool(pooled);
            await RunAsync($"drop database {_prefix} with (force)");
            await RunAsync($"drop role {_prefix}_owner, {_prefix}_engine, {_prefix}_request");
        }

        internal string RoleOf(string which) => $"{_prefix}_{which}";

        internal string Login(string role) => new NpgsqlConnectionStringBuilder(_administrator) { Database = _prefix, Username = RoleOf(role), Password = $"{role}-secret" }.ConnectionString;

        private string Named(string statement) => Relay().Replace(statement, _prefix);

        private async Task RunAsync(string sql)
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_administrator) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }

        [GeneratedRegex(@"\brelay(?=_|\b)")]
        private static partial Regex Relay();
    }

    [Fact]
    public async Task A_node_serves_sends_and_keeps_its_tables()
    {
        var tenant = await node.Host.NewTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var said = await tenant.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "hi" } });
        await EngineHost.UntilAsync(() => tenant.Http.ReadAsync($"/v1/notifications/{said.Id}"), n => n["status"].GetString() == "sent");
        var room = await tenant.Http.SendAsync("/v1/rooms", new { type = "group", name = "One" });
        Assert.Equal(201, (await tenant.Http.SendAsync($"/v1/rooms/{room.Id}/messages", new { type = "text", body = "hello" })).Status);
        await Eventually.Async(async () => await node.Host.SqlAsync("select bool_and(finished_at is not null) from relay.upkeep") is true); // each has its turn at the start
        Assert.Equal(0L, await node.Host.SqlAsync("select count(*) from relay.upkeep where error is not null"));
        Assert.Equal("ok", (await node.Host.Operator.ReadAsync("/health/detailed"))["status"].GetString());
        Assert.Empty(node.Host.Warnings);
    }

    [Fact]
    public async Task None_of_the_logins_is_more_than_a_login()
    {
        foreach (var role in (string[])["owner", "engine", "request"])
        {
            Assert.Equal("f f f f f t", await AskAsync("owner", $"select concat_ws(' ', rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin) from pg_roles where rolname = '{node.RoleOf(role)}'"));
            Assert.Equal(role == "owner" ? "pg_monitor" : "", await AskAsync("owner", $"select coalesce(string_agg(g.rolname, ' '), '') from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member where r.rolname = '{node.RoleOf(role)}'"));
        }
        Assert.Equal("DELETE INSERT SELECT UPDATE", await AskAsync("owner", $"select string_agg(distinct privilege_type, ' ' order by privilege_type) from information_schema.role_table_grants where table_schema = 'relay' and grantee in ('{node.RoleOf("engine")}', '{node.RoleOf("request")}')"));
        Assert.Equal(0L, await AskAsync("owner", $"select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where c.relnamespace = 'relay'::regnamespace and r.rolname <> '{node.RoleOf("owner")}'"));
    }

    [Theory]
    [InlineData("alter table relay.rooms add column x int"), InlineData("alter table relay.rooms disable row level security"), InlineData("drop table relay.jobs"), InlineData("truncate relay.queue")]
    [InlineData("create table relay.mine (n int)"), InlineData("create schema mine"), InlineData("create temp table mine (n int)"), InlineData("create role mine"), InlineData("create database mine")]
    [InlineData("drop policy wall_request on relay.rooms"), InlineData("create or replace function relay.now() returns timestamptz language sql stable as 'select null::timestamptz'")]
    [InlineData("copy (select 1) to program 'true'"), InlineData("copy relay.rooms from '/etc/passwd'"), InlineData("select * from pg_authid"), InlineData("select pg_read_file('/etc/passwd')")]
    [InlineData("select * from relay.migrations"), InlineData("set role to {owner}"), InlineData("set session authorization {owner}"), InlineData("call relay.make_partitions('2000-01-01', '2000-01-01')")]
    public async Task Neither_of_the_two_that_work_can_change_what_it_works_on(string sql)
    {
        foreach (var role in (string[])["engine", "request"])
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(role, sql.Replace("{owner}", node.RoleOf("owner"), StringComparison.Ordinal)));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task The_request_s_login_sees_nothing_without_the_wall_and_one_tenant_with_it()
    {
        var (one, other) = (await node.Host.NewTenantAsync("one"), await node.Host.NewTenantAsync("other"));
        foreach (var tenant in (TenantAccess[])[one, other])
        {
            await tenant.Http.SendAsync("/v1/rooms", new { type = "group", name = "One" });
            await tenant.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "s", text = "t" } });
        }
        var wall = await AskAsync("owner", "select tenant_id from relay.tenants where name = 'one' and environment = 'live'");
        foreach (var table in (string[])(await AskAsync("owner", "select array_agg(c.relname::text order by 1) from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped where c.relnamespace = 'relay'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"))!)
        {
            if (await AskAsync("owner", $"select has_table_privilege('{node.RoleOf("request")}', 'relay.{table}', 'select')") is false) continue;
            Assert.Equal((table, 0L), (table, await AskAsync("request", $"select count(*) from relay.{table}")));
            Assert.Equal((table, 0L), (table, await AskAsync("request", $"call relay.as_tenant('{wall}'); select count(*) from relay.{table} where tenant_id <> '{wall}'")));
        }
        Assert.Equal(1L, await AskAsync("request", $"call relay.as_tenant('{wall}'); select count(*) from relay.rooms"));
        foreach (var table in (string[])["operator_keys", "console_sessions", "console_keys", "key_ring", "tenant_data_keys", "node_figures"])
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => AskAsync("request", $"select count(*) from relay.{table}"))).SqlState);
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => AskAsync("request", $"call relay.as_tenant('{wall}'); insert into relay.rooms select * from relay.rooms limit 0; update relay.events set data = ''"))).SqlState);
    }

    private async Task<object?> AskAsync(string role, string sql)
    {
        await using var connection = new NpgsqlConnection(node.Login(role));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
