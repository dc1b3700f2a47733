using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Tests.Storage;

/// <summary>A real PgBouncer before a real PostgreSQL: what holds behind it, and what a node makes of it.</summary>
public sealed class PgBouncerTests : IAsyncLifetime
{
    private RelayDatabase _database = null!;
    private PgBouncer _bouncer = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await RelayDatabase.CreateAsync();
        _bouncer = await PgBouncer.StartAsync("transaction", _database.Logins);
    }

    public async ValueTask DisposeAsync()
    {
        await _bouncer.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("CHATRELAY_DATABASE"), InlineData("CHATRELAY_DATABASE_ENGINE"), InlineData("CHATRELAY_DATABASE_REQUEST")]
    public async Task A_node_behind_it_in_transaction_mode_does_not_start_and_says_why(string through)
    {
        var refused = Assert.IsType<Prepared.Refused>(await PrepareAsync(through, _bouncer));
        Assert.StartsWith($"{through} leads to a pool that does not keep sessions", refused.Line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Line);
    }

    [Fact]
    public async Task In_session_mode_it_drops_what_a_session_begins_with_and_is_refused_too()
    {
        await using var sessions = await PgBouncer.StartAsync("session", _database.Logins);
        Assert.IsType<Prepared.Refused>(await PrepareAsync("CHATRELAY_DATABASE", sessions));
    }

    [Fact]
    public async Task PostgreSQL_itself_is_taken()
    {
        var ready = Assert.IsType<Prepared.Ready>(await PrepareAsync("", _bouncer));
        await ready.Databases.DisposeAsync();
    }

    [Fact]
    public async Task Behind_it_the_wall_holds_since_it_stands_for_one_transaction_only()
    {
        await using (var owner = await OpenAsync(_database.ConnectionString))
            foreach (var wall in (string[])["11111111-1111-7111-8111-111111111111", "22222222-2222-7222-8222-222222222222"])
                await RunAsync(owner, $"insert into relay.tenants (tenant_id, live_id, environment, name) values ('{wall}', '{wall}', 'live', 'one of two')");
        await using var one = await OpenAsync(_bouncer.Through(_database.Logins.Request));
        await using var other = await OpenAsync(_bouncer.Through(_database.Logins.Request));
        Assert.Equal(1L, await RunAsync(one, "call relay.as_tenant('11111111-1111-7111-8111-111111111111'); select count(*) from relay.tenants"));
        Assert.Equal(0L, await RunAsync(other, "select count(*) from relay.tenants")); // the same server connection, the next transaction
        Assert.Equal(0L, await RunAsync(one, "select count(*) from relay.tenants"));
    }

    [Fact]
    public async Task Behind_it_what_LISTEN_hears_and_settings_go_to_somebody_else()
    {
        await using var one = await OpenAsync(_bouncer.Through(_database.Logins.Engine));
        await using var other = await OpenAsync(_bouncer.Through(_database.Logins.Engine));
        var (heard, elsewhere) = (0, 0);
        one.Notification += (_, _) => heard++;
        other.Notification += (_, _) => elsewhere++;
        await RunAsync(one, "listen relay_test");
        await RunAsync(one, "set enable_seqscan = off");
        await RunAsync(other, "begin");
        Assert.Equal("off", await RunAsync(other, "select current_setting('enable_seqscan')")); // it has what was the first one's
        Assert.Equal("on", await RunAsync(one, "select current_setting('enable_seqscan')"));

        await using var speaker = await OpenAsync(_database.Logins.Engine);
        await using var listener = await OpenAsync(_database.Logins.Engine);
        var direct = new TaskCompletionSource();
        listener.Notification += (_, _) => direct.TrySetResult();
        await RunAsync(listener, "listen relay_test");
        await RunAsync(speaker, "notify relay_test");
        while (!direct.Task.IsCompleted) await listener.WaitAsync(TestContext.Current.CancellationToken);
        await RunAsync(other, "commit"); // told after the transaction, to whoever has the session then
        await RunAsync(one, "select 1"); // whatever there was for it would have come before this answer
        Assert.Equal((0, 1), (heard, elsewhere));
    }

    private async Task<Prepared> PrepareAsync(string through, PgBouncer bouncer)
    {
        using var folder = new ChatRelay.TestKit.Processes.ScratchFolder();
        var reading = SettingsReader.Read(AllOptions.Catalog, SettingsSource.From(new Dictionary<string, string>
        {
            ["CHATRELAY_DATA"] = folder.Path,
            ["CHATRELAY_DATABASE"] = By("CHATRELAY_DATABASE", _database.Logins.Owner),
            ["CHATRELAY_DATABASE_ENGINE"] = By("CHATRELAY_DATABASE_ENGINE", _database.Logins.Engine),
            ["CHATRELAY_DATABASE_REQUEST"] = By("CHATRELAY_DATABASE_REQUEST", _database.Logins.Request),
        }));
        return await RelayApp.PrepareAsync(reading.Settings!, TimeProvider.System, TestContext.Current.CancellationToken);

        string By(string name, string login) => name == through ? bouncer.Through(login) : login;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string login)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(login) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
