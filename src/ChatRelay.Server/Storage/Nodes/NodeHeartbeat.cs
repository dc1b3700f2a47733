using Npgsql;

namespace ChatRelay.Storage.Nodes;

/// <summary>One row a life of a node, touched every few seconds; each touch also sets our clock by the database's and counts the living.</summary>
internal sealed partial class NodeHeartbeat(Databases databases, RelayClock clock, ThisNode node, ILogger<NodeHeartbeat> log) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    /// <summary>A beat on a connection that went silent is given up and sent again: it must not cost the lease.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>False while the database does not answer.</summary>
    public bool Beating { get; private set; }

    /// <summary>Before anything is claimed: a new row, and the end of every earlier life under the same name.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(cancellationToken);
        await using var ended = new NpgsqlCommand("update nodes set ended_at = relay.now() where node = $1 and incarnation <> $2 and ended_at is null", connection)
        {
            Parameters = { new() { Value = node.Name }, new() { Value = node.Incarnation } },
        };
        await ended.ExecuteNonQueryAsync(cancellationToken);
        await BeatAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await NextAsync(timer, stoppingToken))
        {
            try
            {
                await BeatAsync(stoppingToken);
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                if (Beating) LogMissed(e.GetType().Name);
                Beating = false;
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await using var end = databases.Engine.CreateCommand("update nodes set ended_at = relay.now() where incarnation = $1");
            end.Parameters.AddWithValue(node.Incarnation);
            await end.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception e) when (LostConnection.IsBehind(e) || e is OperationCanceledException)
        {
            LogMissed(e.GetType().Name); // the row goes stale instead
        }
    }

    /// <summary>One touch; the clock is right after it. A row that is not there, the first time and on a promoted replica that had not heard of us, is made.</summary>
    internal async Task BeatAsync(CancellationToken ct)
    {
        await using var connection = await databases.Beat.OpenConnectionAsync(ct);
        var asked = clock.GetTimestamp();
        await using var beat = new NpgsqlCommand("""
            with beat as (
              insert into nodes as n (incarnation, node, roles, version, address) values ($1, $3, $4, $5, $6)
              on conflict (incarnation) do update set seen_at = relay.now() returning draining)
            select relay.now() + (clock_timestamp() - pg_catalog.now()), (select draining from beat),
                   (select count(*) from nodes where ended_at is null and incarnation <> $1 and seen_at > relay.now() - interval '15 seconds'),
                   (select paused_at is not null from installation),
                   (select array_agg((select count(*) from nodes where ended_at is null and incarnation <> $1 and seen_at > relay.now() - interval '15 seconds' and r.name = any(roles))::int order by r.n)
                    from unnest($2::text[]) with ordinality r(name, n))
            """, connection);
        foreach (var value in (object[])[node.Incarnation, ThisNode.RoleNames, node.Name, node.Roles, node.Version, node.Address]) beat.Parameters.AddWithValue(value);
        beat.CommandTimeout = (int)Patience.TotalSeconds;
        await using var reader = await beat.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        clock.Follow(reader.GetFieldValue<DateTimeOffset>(0), asked);
        if (!reader.IsDBNull(1) && reader.GetBoolean(1)) node.Draining = true;
        node.Paused = reader.GetBoolean(3);
        node.Live = 1 + (int)reader.GetInt64(2);
        node.Knows(reader.GetFieldValue<int[]>(4));
        Beating = true;
    }

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(1020, LogLevel.Warning, "node.heartbeat missed: {Reason}")]
    private partial void LogMissed(string reason);
}
