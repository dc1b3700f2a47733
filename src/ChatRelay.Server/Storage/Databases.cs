using Npgsql;

namespace ChatRelay.Storage;

/// <summary>The doors to PostgreSQL: owner (migrations, partitions, vacuum), engine (the flusher and the bus, on connections of their own, and workers), request (behind the tenants' wall).</summary>
internal sealed class Databases : IAsyncDisposable
{
    /// <summary>
    /// The planner's hands tied, for statements that are known beforehand and look up what an array names: with stale statistics or none it once chose a scan and a hash join
    /// for a claim, and was ten times slower until the next analyze; and it planned the large statement that publishes anew for each message.
    /// </summary>
    public const string SteadyPlans =
        "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c enable_memoize=off -c jit=off -c plan_cache_mode=force_generic_plan";

    public Databases(DatabaseLogins logins)
    {
        (Logins, Place) = (logins, new(ForgetConnections));
        Owner = Open(logins.Owner, "owner", pool: 5);
        Engine = Open(logins.Engine, "engine", pool: 20);
        Request = Open(logins.Request, "request", pool: 24);
        Flusher = Open(logins.Engine, "flusher", pool: 4, SteadyPlans);
        Queue = Open(logins.Engine, "queue", pool: 8, SteadyPlans);
        Keys = Open(logins.Engine, "keys", pool: 4);
        Bus = Open(logins.Engine, "bus", pool: 4);
        Beat = Open(logins.Engine, "beat", pool: 0);
    }

    public DatabaseLogins Logins { get; }

    /// <summary>Where the database stands, as every new connection finds it.</summary>
    public DatabasePlace Place { get; }

    public NpgsqlDataSource Owner { get; }
    public NpgsqlDataSource Engine { get; }
    public NpgsqlDataSource Request { get; }

    /// <summary>The engine's login again, for what requests commit together.</summary>
    public NpgsqlDataSource Flusher { get; }

    /// <summary>The engine's login again, for the dispatcher and what it settles.</summary>
    public NpgsqlDataSource Queue { get; }

    /// <summary>The engine's login again. Who seals inside a transaction holds a connection already, and must not wait for a second one of the same pool.</summary>
    public NpgsqlDataSource Keys { get; }

    /// <summary>The engine's login once more, for the bus between nodes: it hears and speaks however busy the others are.</summary>
    public NpgsqlDataSource Bus { get; }

    /// <summary>The engine's login for heartbeats, each over a new connection: so a node finds out that its address leads elsewhere now, however well the old ones still do.</summary>
    public NpgsqlDataSource Beat { get; }

    public async ValueTask DisposeAsync()
    {
        await Beat.DisposeAsync();
        await Bus.DisposeAsync();
        await Keys.DisposeAsync();
        await Queue.DisposeAsync();
        await Request.DisposeAsync();
        await Flusher.DisposeAsync();
        await Engine.DisposeAsync();
        await Owner.DisposeAsync();
        Place.Dispose();
    }

    /// <summary>A restarted server leaves dead connections in the pools; each would be found by an innocent request.</summary>
    public void ForgetConnections()
    {
        Owner.Clear();
        Engine.Clear();
        Flusher.Clear();
        Request.Clear();
        Queue.Clear();
        Keys.Clear();
        Bus.Clear();
    }

    private NpgsqlDataSource Open(string connection, string door, int pool, string? options = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(connection)
        {
            ApplicationName = $"chatrelay {door}",
            SearchPath = "relay",
            Pooling = pool > 0,
            MaxPoolSize = Math.Max(1, pool),
            Timeout = 5,
            CommandTimeout = 30,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 3,
            NoResetOnClose = true, // nothing is set for longer than a transaction
            IncludeErrorDetail = false, // a row's values belong in no message
            Options = options,
        };
        return new NpgsqlDataSourceBuilder(builder.ConnectionString) { Name = door } // its name in metrics
            .UsePhysicalConnectionInitializer(static _ => throw new NotSupportedException("connections are opened asynchronously here"), Place.AskAsync)
            .Build();
    }
}
