using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Operations;

/// <summary>
/// What the queue would send if the relay were let go. While it rests it is counted in full when asked: an operator looks before deciding. However often and by
/// however many it is asked, one at a time counts, and for a tenth of the time at most: the others get what was counted last.
/// </summary>
internal sealed class PauseReads(Databases databases, Backlog backlog, RelayClock clock) : IDisposable
{
    private const int MostGroups = 100;
    private readonly SemaphoreSlim _counting = new(1);
    private Counted? _last;

    private sealed record Counted(DateTimeOffset? Since, DateTimeOffset? RestoredAsOf, long At, TimeSpan Took, IReadOnlyList<PauseView.Group> Groups, IReadOnlyList<PauseView.Waiting> Sample);

    // An id begins with its milliseconds: what was accepted before a time has a lower one.
    private const string Waiting = """
        with restored as (select (lpad(to_hex((extract(epoch from restored_as_of) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid as below from installation)
        """;

    // Grouped before a tenant is looked up: one for each group, and not one for each delivery.
    public const string GroupsSql = Waiting + """
        , grouped as materialized (
          select q.tenant_id, q.channel, count(*) as waiting, count(*) filter (where q.id < r.below) as again, count(*) filter (where q.due_at <= relay.now()) as due, min(q.due_at) as oldest
          from queue q cross join restored r where not q.held and not q.parked group by q.tenant_id, q.channel)
        select t.live_id, t.environment, g.channel, g.waiting, g.again, g.due, g.oldest
        from grouped g cross join lateral (select live_id, environment from tenants where tenant_id = g.tenant_id offset 0) t order by 1, 2, 3
        """;

    // The first to go are found before their tenants are.
    public const string SampleSql = Waiting + """
        , soonest as materialized (
          select q.id, q.tenant_id, q.channel, q.due_at, q.attempts, coalesce(q.id < r.below, false) as again, q.claimed_by is not null or q.suspect as begun
          from queue q cross join restored r where not q.held and not q.parked order by q.due_at, q.id limit 20)
        select f.id, t.live_id, t.environment, f.channel, f.due_at, f.attempts, f.again, f.begun
        from soonest f cross join lateral (select live_id, environment from tenants where tenant_id = f.tenant_id offset 0) t order by f.due_at, f.id
        """;

    public async Task<PauseView> NowAsync(CancellationToken ct)
    {
        var state = await StateAsync(ct);
        // While everything goes its way nobody decides by these figures, and the queue is not read for them.
        if (!state.Paused && state.RestoredAsOf is null && backlog.Counted)
            return state with { Deliveries = backlog.Depths.Where(d => d.State is DepthState.Due or DepthState.Later or DepthState.Sending).Sum(d => d.Count) };
        var (groups, sample) = await CountAsync(state, ct);
        return state with
        {
            Deliveries = groups.Sum(g => g.Deliveries),
            Again = groups.Sum(g => g.Again),
            Groups = [.. groups.OrderByDescending(g => g.Deliveries).Take(MostGroups)],
            MoreGroups = groups.Count > MostGroups,
            Sample = sample,
        };
    }

    /// <summary>What took a second to count stands for ten.</summary>
    public static bool Stands(TimeSpan age, TimeSpan took) => age < took * 10;

    public void Dispose() => _counting.Dispose();

    private async Task<(IReadOnlyList<PauseView.Group>, IReadOnlyList<PauseView.Waiting>)> CountAsync(PauseView state, CancellationToken ct)
    {
        await _counting.WaitAsync(ct);
        try
        {
            if (_last is not { } last || last.Since != state.Since || last.RestoredAsOf != state.RestoredAsOf || !Stands(clock.GetElapsedTime(last.At), last.Took))
            {
                var from = clock.GetTimestamp();
                await using var connection = await databases.Engine.OpenConnectionAsync(ct);
                var groups = await GroupsAsync(connection, ct);
                var sample = await SampleAsync(connection, ct);
                _last = last = new(state.Since, state.RestoredAsOf, clock.GetTimestamp(), clock.GetElapsedTime(from), groups, sample);
            }
            return (last.Groups, last.Sample);
        }
        finally
        {
            _counting.Release();
        }
    }

    private async Task<PauseView> StateAsync(CancellationToken ct)
    {
        await using var look = databases.Engine.CreateCommand("select paused_at, paused_by, restored_as_of from installation");
        await using var reader = await look.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new()
        {
            Paused = !reader.IsDBNull(0),
            Since = reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0),
            By = reader.IsDBNull(1) ? null : reader.GetString(1),
            RestoredAsOf = reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2),
            Deliveries = 0,
            Again = 0,
            Groups = [],
            MoreGroups = false,
            Sample = [],
        };
    }

    private static async Task<List<PauseView.Group>> GroupsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var count = new NpgsqlCommand(GroupsSql, connection);
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
        await using var sample = new NpgsqlCommand(SampleSql, connection);
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
