using Npgsql;

namespace ChatRelay.Storage;

/// <summary>The three doors to PostgreSQL: owner (migrations, partitions, vacuum), engine (flusher and workers), request (behind the tenants' wall).</summary>
internal sealed class Databases(DatabaseLogins logins) : IAsyncDisposable
{
    public DatabaseLogins Logins => logins;
    public NpgsqlDataSource Owner { get; } = Open(logins.Owner, "owner", pool: 5);
    public NpgsqlDataSource Engine { get; } = Open(logins.Engine, "engine", pool: 24);
    public NpgsqlDataSource Request { get; } = Open(logins.Request, "request", pool: 24);

    /// <summary>The engine's login again. Who seals inside a transaction holds a connection already, and must not wait for a second one of the same pool.</summary>
    public NpgsqlDataSource Keys { get; } = Open(logins.Engine, "keys", pool: 4);

    public async ValueTask DisposeAsync()
    {
        await Keys.DisposeAsync();
        await Request.DisposeAsync();
        await Engine.DisposeAsync();
        await Owner.DisposeAsync();
    }

    /// <summary>A restarted server leaves dead connections in the pools; each would be found by an innocent request.</summary>
    public void ForgetConnections()
    {
        Owner.Clear();
        Engine.Clear();
        Request.Clear();
        Keys.Clear();
    }

    private static NpgsqlDataSource Open(string connection, string door, int pool)
    {
        var builder = new NpgsqlConnectionStringBuilder(connection)
        {
            ApplicationName = $"chatrelay {door}",
            SearchPath = "relay",
            MaxPoolSize = pool,
            Timeout = 5,
            CommandTimeout = 30,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 3,
            NoResetOnClose = true, // nothing is set for longer than a transaction
            IncludeErrorDetail = false, // a row's values belong in no message
        };
        return new NpgsqlDataSourceBuilder(builder.ConnectionString) { Name = door }.Build(); // its name in metrics
    }
}
