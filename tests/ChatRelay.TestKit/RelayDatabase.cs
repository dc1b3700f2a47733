using ChatRelay.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ChatRelay.TestKit;

/// <summary>A database of its own for a class of tests: a clone of a template that is migrated once a process. Dropped at the end.</summary>
internal sealed class RelayDatabase : IAsyncDisposable
{
    private static readonly Lazy<Task<DatabaseLogins>> Template = new(MakeTemplateAsync);
    private static readonly SemaphoreSlim Drops = new(1);
    private static int _count;

    private RelayDatabase(DatabaseLogins logins, bool ownRoles) => (Logins, OwnRoles) = (logins, ownRoles);

    /// <summary>A clone is entered by the template's two roles: what was granted in the template names them.</summary>
    public DatabaseLogins Logins { get; }

    public string Name => NameIn(Logins.Owner);

    /// <summary>The owner's.</summary>
    public string ConnectionString => Logins.Owner;

    /// <summary>What a server is given to run on this database.</summary>
    public DatabaseOptions Options => OwnRoles
        ? new DatabaseOptions { Owner = new(Logins.Owner) }
        : new DatabaseOptions { Owner = new(Logins.Owner), Engine = new(Logins.Engine), Request = new(Logins.Request) };

    public DatabaseOptions OptionsThrough(ChaosProxy proxy) => OwnRoles
        ? new() { Owner = new(proxy.Through(Logins.Owner)) }
        : new() { Owner = new(proxy.Through(Logins.Owner)), Engine = new(proxy.Through(Logins.Engine)), Request = new(proxy.Through(Logins.Request)) };

    private bool OwnRoles { get; }

    /// <summary>A migrated database.</summary>
    public static async Task<RelayDatabase> CreateAsync()
    {
        var template = await Template.Value;
        var name = NextName();
        await RunAsync($"create database {name} template {NameIn(template.Owner)}");
        return new RelayDatabase(new DatabaseLogins(In(name, template.Owner), In(name, template.Engine), In(name, template.Request)), ownRoles: false);
    }

    /// <summary>What a restored backup is: the same rows in another database. Nobody may be using this one.</summary>
    public async Task<RelayDatabase> CopyAsync()
    {
        var name = NextName();
        foreach (var login in new[] { Logins.Owner, Logins.Engine, Logins.Request })
            await using (var pooled = new NpgsqlConnection(login)) NpgsqlConnection.ClearPool(pooled);
        await RunAsync($"do $$ begin perform pg_terminate_backend(pid) from pg_stat_activity where datname = '{Name}'; end $$"); // those that are still on their way out
        await RunAsync($"create database {name} template {Name}");
        return new RelayDatabase(new DatabaseLogins(In(name, Logins.Owner), In(name, Logins.Engine), In(name, Logins.Request)), OwnRoles);
    }

    /// <summary>A database in which nothing was done yet.</summary>
    public static async Task<RelayDatabase> CreateEmptyAsync()
    {
        var name = NextName();
        await RunAsync($"create database {name}");
        return new RelayDatabase(await LoginsOfAsync(name), ownRoles: true);
    }

    /// <summary>Made by the test, with logins of its own.</summary>
    public static RelayDatabase With(DatabaseLogins logins) => new(logins, ownRoles: false);

    /// <summary>On a server of the test's own, which takes it along when it goes.</summary>
    public static RelayDatabase On(string owner) =>
        new(DatabaseLogins.From(new PostgresAddress(owner), new DatabaseOptions(), role => "password of " + role), ownRoles: true);

    public async ValueTask DisposeAsync()
    {
        foreach (var login in new[] { Logins.Owner, Logins.Engine, Logins.Request })
            await using (var pooled = new NpgsqlConnection(login)) NpgsqlConnection.ClearPool(pooled);
        var drop = DropAsync();
        if (!TestPostgres.IsPrivate) await drop; // it waits for the disk, and no test has to: a server of the tests' own takes along what is left
    }

    private async Task DropAsync()
    {
        await Drops.WaitAsync();
        try
        {
            await RunAsync($"drop database if exists {Name} with (force)");
            if (OwnRoles) await RunAsync($"drop role if exists {Logins.EngineRole}, {Logins.RequestRole}");
        }
        catch (NpgsqlException) when (TestPostgres.IsPrivate)
        {
            // The server went first.
        }
        finally
        {
            Drops.Release();
        }
    }

    private static async Task<DatabaseLogins> MakeTemplateAsync()
    {
        var name = $"relay_test_{Environment.ProcessId}_template";
        await RunAsync($"create database {name}");
        var logins = await LoginsOfAsync(name);
        await using var databases = new Databases(logins); // closed at the end: a template in use cannot be cloned
        var outcome = await new SchemaMigrations(databases, NullLogger<SchemaMigrations>.Instance).RunAsync((_, _) => Task.CompletedTask, CancellationToken.None);
        if (outcome is SchemaOutcome.Refused(var why)) throw new InvalidOperationException(why);
        return logins;
    }

    /// <summary>Where the server outlives the tests.</summary>
    internal static async Task DropTemplateAsync()
    {
        if (TestPostgres.IsPrivate || !Template.IsValueCreated) return; // it goes whole
        var logins = await Template.Value;
        await RunAsync($"drop database if exists {NameIn(logins.Owner)} with (force)");
        await RunAsync($"drop role if exists {logins.EngineRole}, {logins.RequestRole}");
    }

    private static async Task<DatabaseLogins> LoginsOfAsync(string database) =>
        DatabaseLogins.From(new PostgresAddress(In(database, await TestPostgres.OwnerAsync())), new DatabaseOptions(), role => "password of " + role);

    private static string NextName() => $"relay_test_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";

    private static string NameIn(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Database!;

    private static string In(string database, string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Database = database }.ConnectionString;

    private static async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(await TestPostgres.OwnerAsync()) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
