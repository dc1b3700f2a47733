using ChatRelay.Http;
using ChatRelay.Realtime;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;

namespace ChatRelay.Operations;

/// <summary>GET /health/live, /health/ready and /health/detailed.</summary>
internal static class Health
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Answer.Ok(new StatusView { Status = "ok" })).WithName("health.live").WithSummary("The process runs")
            .Open().Answers<StatusView>(200, """{"status":"ok"}""");
        app.MapGet("/health/ready", Ready).WithName("health.ready").WithSummary("The node can take requests")
            .Open().Answers<StatusView>(200, """{"status":"ok"}""").Refuses(Protocol.ProblemCode.Unavailable);
        app.MapGet("/health/detailed", Detailed).WithName("health.detailed").WithSummary("Everything a node knows about itself and its database")
            .OperatorsOnly(OperatorRole.Metrics).Answers<DetailedView>(200, DetailedView.Example);
    }

    /// <summary>503 only when the database is out of reach or the node drains: whatever else ails is `degraded` in a 200.</summary>
    private static async Task<IResult> Ready(Databases databases, CommitDurability durability, ThisNode node, NodeHeartbeat heartbeat, INodeBus bus, CancellationToken ct)
    {
        if (node.Draining) return Problem.Unavailable with { Detail = "This node is draining." };
        return await ReachAsync(databases, durability, ct) is null
            ? Problem.Unavailable with { Detail = "The database is out of reach." }
            : Answer.Ok(new StatusView { Status = heartbeat.Beating && bus.State.Hears ? "ok" : "degraded" });
    }

    private static async Task<IResult> Detailed(
        Databases databases, CommitDurability durability, ThisNode node, NodeHeartbeat heartbeat, INodeBus bus, RelayClock clock, CancellationToken ct)
    {
        if (await ReachAsync(databases, durability, ct) is not { } database) return Problem.Unavailable;
        var carried = bus.State;
        return Answer.Ok(new DetailedView
        {
            Status = heartbeat.Beating && !node.Paused && carried.Hears ? "ok" : "degraded",
            Paused = node.Paused,
            Node = node.Name,
            Version = node.Version,
            Roles = node.Roles,
            LiveNodes = node.Live,
            Bus = new BusView { Kind = carried.Kind, Status = carried.Hears ? "ok" : "away" },
            Time = clock.GetUtcNow(),
            Database = database,
            MemoryBytes = System.Environment.WorkingSet,
        });
    }

    internal static async Task<DatabaseView?> ReachAsync(Databases databases, CommitDurability durability, CancellationToken ct)
    {
        try
        {
            await using var command = databases.Owner.CreateCommand($"""
                select current_setting('server_version'), (select max(number) from migrations_known()), pg_database_size(current_database()),
                       coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8, {CommitDurability.OnStandby}
                from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
                """);
            command.CommandTimeout = 5;
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            return new DatabaseView { Version = reader.GetString(0), Schema = reader.GetInt32(1), SizeBytes = reader.GetInt64(2), OldestTransactionS = reader.GetDouble(3), Durability = durability.LevelWith(reader.GetBoolean(4)) };
        }
        catch (Exception e) when (LostConnection.Is(e))
        {
            return null;
        }
    }

    internal sealed record StatusView
    {
        public required string Status { get; init; }
    }

    internal sealed record DetailedView
    {
        public required string Status { get; init; }

        [Http.Json.Note("The whole relay rests: see /v1/ops/pause.")]
        public required bool Paused { get; init; }
        public required string Node { get; init; }
        public required string Version { get; init; }
        public required IReadOnlyList<string> Roles { get; init; }
        public required int LiveNodes { get; init; }
        public required BusView Bus { get; init; }
        public required DateTimeOffset Time { get; init; }
        public required DatabaseView Database { get; init; }
        public required long MemoryBytes { get; init; }

        public const string Example = """
            {"status":"ok","paused":false,"node":"relay-1-9f3c","version":"0.1.0","roles":["api","deliver","realtime","upkeep"],"live_nodes":1,"bus":{"kind":"postgres","status":"ok"},"time":"2026-01-31T12:00:00.000Z",
             "database":{"version":"15.8","schema":6,"size_bytes":9437184,"oldest_transaction_s":0.2,"durability":"disk"},"memory_bytes":104857600}
            """;
    }

    internal sealed record BusView
    {
        [Http.Json.Note("What carries the bus between nodes: postgres, redis, or process (this node is alone).")]
        public required string Kind { get; init; }

        [Http.Json.Note("away: this node does not hear itself over it. Nothing is lost; sockets hear of what other nodes took a little later.")]
        public required string Status { get; init; }
    }

    internal sealed record DatabaseView
    {
        public required string Version { get; init; }
        public required int Schema { get; init; }
        public required long SizeBytes { get; init; }

        [Http.Json.Note("The age of the oldest transaction: a snapshot of minutes keeps dead rows alive.")]
        public required double OldestTransactionS { get; init; }

        [Http.Json.Note("What a COMMIT is worth: disk, standby (a synchronous standby holds it too) or platform (the platform sees to it).")]
        public required string Durability { get; init; }
    }
}
