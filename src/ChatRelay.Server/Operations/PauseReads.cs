using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Operations;

/// <summary>What the queue would send if the relay were let go. Counted when asked: an operator looks before deciding.</summary>
internal sealed class PauseReads(Databases databases)
{
    private const int MostGroups = 100, MostOfSample = 20;

    // An id begins with its milliseconds: what was accepted before a time has a lower one.
    private const string Waiting = """
        with restored as (select (lpad(to_hex((extract(epoch from restored_as_of) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid as below from installation)
        """;

    public async Task<PauseView> NowAsync(CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var groups = await GroupsAsync(connection, ct);
        await using var look = new NpgsqlCommand("select paused_at, paused_by, restored_as_of from installation", connection);
        await using var reader = await look.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var view = new PauseView
        {
            Paused = !reader.IsDBNull(0),
            Since = reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0),
            By = reader.IsDBNull(1) ? null : reader.GetString(1),
            RestoredAsOf = reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2),
            Deliveries = groups.Sum(g => g.Deliveries),
            Again = groups.Sum(g => g.Again),
            Groups = [.. groups.OrderByDescending(g => g.Deliveries).Take(MostGroups)],
            MoreGroups = groups.Count > MostGroups,
            Sample = [],
        };
        await reader.DisposeAsync();
        return view with { Sample = await SampleAsync(connection, ct) };
    }

    private static async Task<List<PauseView.Group>> GroupsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var count = new NpgsqlCommand(Waiting + """
            select t.live_id, t.environment, q.channel, count(*), count(*) filter (where q.id < r.below), count(*) filter (where q.due_at <= relay.now()), min(q.due_at)
            from queue q join tenants t on t.tenant_id = q.tenant_id cross join restored r
            where not q.held and not q.parked group by 1, 2, 3 order by 1, 2, 3
            """, connection);
        await using var reader = await count.ExecuteReaderAsync(ct);
        var groups = new List<PauseView.Group>();
        while (await reader.ReadAsync(ct))
            groups.Add(new()
            {
                Tenant = new(reader.GetGuid(0)),
                Environment = reader.GetString(1),
                Channel = Words.Read<ChannelKind>(reader.GetString(2)),
                Deliveries = reader.GetInt64(3),
                Again = reader.GetInt64(4),
                Due = reader.GetInt64(5),
                OldestDueAt = reader.GetFieldValue<DateTimeOffset>(6),
            });
        return groups;
    }

    private static async Task<List<PauseView.Waiting>> SampleAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var sample = new NpgsqlCommand(Waiting + $"""
            select q.id, t.live_id, t.environment, q.channel, q.due_at, q.attempts, coalesce(q.id < r.below, false), q.claimed_by is not null or q.suspect
            from queue q join tenants t on t.tenant_id = q.tenant_id cross join restored r
            where not q.held and not q.parked order by q.due_at, q.id limit {MostOfSample}
            """, connection);
        await using var reader = await sample.ExecuteReaderAsync(ct);
        var waiting = new List<PauseView.Waiting>();
        while (await reader.ReadAsync(ct))
            waiting.Add(new()
            {
                Id = new(reader.GetGuid(0)),
                Tenant = new(reader.GetGuid(1)),
                Environment = reader.GetString(2),
                Channel = Words.Read<ChannelKind>(reader.GetString(3)),
                AcceptedAt = RelayId.TimeOf(reader.GetGuid(0)),
                DueAt = reader.GetFieldValue<DateTimeOffset>(4),
                Attempts = reader.GetInt32(5),
                Again = reader.GetBoolean(6),
                Begun = reader.GetBoolean(7),
            });
        return waiting;
    }
}
