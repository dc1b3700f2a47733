using Npgsql;

namespace ChatRelay.Storage;

/// <summary>The doors to PostgreSQL: owner (migrations, partitions, vacuum), engine (the flusher and the bus, on connections of their own, and workers), request (behind the tenants' wall).</summary>
internal sealed class Databases(DatabaseLogins logins) : IAsyncDisposable
{
    /// <summary>
    /// The planner's hands tied, for statements that are known beforehand and look up what an array names: with stale statistics or none it once chose a scan and a hash join
    /// for a claim, and was ten times slower until the next analyze; and it planned the large statement that publishes anew for each message.
    /// </summary>
    public const string SteadyPlans =
        "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c enable_memoize=off -c jit=off -c plan_cache_mode=force_generic_plan";

    public DatabaseLogins Logins => logins;
    public NpgsqlDataSource Owner { get; } = Open(logins.Owner, "owner", pool: 5);
    public NpgsqlDataSource Engine { get; } = Open(logins.Engine, "engine", pool: 20);
    public NpgsqlDataSource Request { get; } = Open(logins.Request, "request", pool: 24);

    /// <summary>The engine's login again, for what requests commit together.</summary>
    public NpgsqlDataSource Flusher { get; } = Open(logins.Engine, "flusher", pool: 4, SteadyPlans);

    /// <summary>The engine's login again. Who seals inside a transaction holds a connection already, and must not wait for a second one of the same pool.</summary>
    public NpgsqlDataSource Keys { get; } = Open(logins.Engine, "keys", pool: 4);

    /// <summary>The engine's login once more, for the bus between nodes: it hears and speaks however busy the others are.</summary>
    public NpgsqlDataSource Bus { get; } = Open(logins.Engine, "bus", pool: 4);

    public async ValueTask DisposeAsync()
    {
        await Bus.DisposeAsync();
        await Keys.DisposeAsync();
        await Request.DisposeAsync();
        await Flusher.DisposeAsync();
        await Engine.DisposeAsync();
        await Owner.DisposeAsync();
    }

    /// <summary>A restarted server leaves dead connections in the pools; each would be found by an innocent request.</summary>
    public void ForgetConnections()
    {
        Owner.Clear();
        Engine.Clear();
        Flusher.Clear();
        Request.Clear();
        Keys.Clear();
        Bus.Clear();
    }

    private static NpgsqlDataSource Open(string connection, string door, int pool, string? options = null)
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
            Options = options,
        };
        return new NpgsqlDataSourceBuilder(builder.ConnectionString) { Name = door }.Build(); // its name in metrics
    }
}
