using System.Collections.Concurrent;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using ChatRelay.Tenants;

namespace ChatRelay.Deliveries;

/// <summary>Where a row of the queue stands.</summary>
internal enum DepthState { Due, Later, Sending, Held, Reporting }

/// <summary>How much of the queue is of one priority and channel and stands alike, and how long its oldest is due.</summary>
internal readonly record struct QueueDepth(Priority Priority, ChannelKind Channel, DepthState State, long Count, double OldestSeconds);

/// <summary>How much of an environment is due, and how long its oldest.</summary>
internal readonly record struct TenantDepth(Guid Wall, long Due, double OldestSeconds);

/// <summary>
/// How much waits, for each environment and in all: asked before a body is read, so that a refusal costs nothing. A count of some seconds ago
/// plus what this node has accepted since: near enough for a limit, and free.
/// </summary>
internal sealed partial class Backlog(Databases databases, TenantCache tenants, ThisNode node, TimeProvider clock, DeliveryOptions options, ILogger<Backlog> log) : BackgroundService
{
    private const int MostTenants = 10;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, long> _accepted = new();
    private volatile Dictionary<Guid, long> _waiting = [];
    private volatile QueueDepth[] _depths = [];
    private volatile TenantDepth[] _tenants = [], _due = [];
    private long _total, _acceptedTotal, _acceptedEver;

    /// <summary>Null when there is room.</summary>
    public async ValueTask<Problem?> RefusalAsync(HttpContext http)
    {
        var wall = http.Features.Get<Caller>()!.Wall;
        if (node.Draining) return Problem.Unavailable with { Detail = "This node is stopping." };
        if (Interlocked.Read(ref _total) + (Interlocked.Read(ref _acceptedTotal) * node.LiveAs(Role.Api)) >= options.Backlog)
            return Problem.Unavailable with { Detail = "The relay has as much waiting as it takes.", RetryAfter = TimeSpan.FromSeconds(5) };
        var limit = (await tenants.FindAsync(wall, http.RequestAborted))?.Row.MaxWaiting ?? options.TenantBacklog;
        return WaitingOf(wall) < limit ? null
            : new Problem(ProblemCode.BacklogFull, $"{limit} deliveries wait already.") { RetryAfter = TimeSpan.FromSeconds(5) };
    }

    public long WaitingOf(Guid wall) => _waiting.GetValueOrDefault(wall) + (_accepted.GetValueOrDefault(wall) * node.LiveAs(Role.Api));

    /// <summary>As it was counted last, over all tenants; empty before the first count.</summary>
    public IReadOnlyList<QueueDepth> Depths => _depths;

    /// <summary>Whether this node counts: those that serve the API do.</summary>
    public bool Counted { get; private set; }

    /// <summary>The environments for which the most is due, as they were counted last.</summary>
    public IReadOnlyList<TenantDepth> Tenants => _tenants;

    /// <summary>Every environment that has due work, the longest wait first.</summary>
    public IReadOnlyList<TenantDepth> DueTenants => _due;

    /// <summary>Since this node started.</summary>
    public long AcceptedEver => Interlocked.Read(ref _acceptedEver);

    public void Accepted(Guid wall, int deliveries)
    {
        _accepted.AddOrUpdate(wall, deliveries, (_, n) => n + deliveries);
        Interlocked.Add(ref _acceptedTotal, deliveries);
        Interlocked.Add(ref _acceptedEver, deliveries);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = new WakeUp(clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var since = clock.GetTimestamp();
                await CountAsync(stoppingToken);
                // A long queue takes long to count: a fiftieth of the time may go into it.
                await wake.WaitAsync(TimeSpan.FromTicks(Math.Max(Every.Ticks, clock.GetElapsedTime(since).Ticks * 50)), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.Is(e) || e is Npgsql.PostgresException)
            {
                LogFailed(e.GetType().Name);
                await wake.WaitAsync(Every, stoppingToken);
            }
        }
    }

    private async Task CountAsync(CancellationToken ct)
    {
        // Taken off when the count is there, and not before: what comes while we count may be counted twice, for some seconds, and nothing ever not at all.
        var (accepted, acceptedTotal) = (_accepted.ToArray(), Interlocked.Read(ref _acceptedTotal));
        await using var count = databases.Engine.CreateCommand("""
            select tenant_id, band / 2, channel,
              case when claimed_by is not null then 'sending' when held then 'held' when parked and ordering is null and not to_begin then 'reporting' when parked and not to_begin or due_at > relay.now() then 'later' else 'due' end as state,
              count(*), coalesce(extract(epoch from relay.now() - min(due_at)), 0)::float8
            from queue group by 1, 2, 3, 4
            """);
        await using var reader = await count.ExecuteReaderAsync(ct);
        var due = new Dictionary<Guid, (long Count, double Oldest)>();
        var (waiting, total, depths) = (new Dictionary<Guid, long>(), 0L, new Dictionary<(Priority, ChannelKind, DepthState), (long Count, double Oldest)>());
        while (await reader.ReadAsync(ct))
        {
            var (wall, rows) = (reader.GetGuid(0), reader.GetInt64(4));
            var place = ((Priority)reader.GetInt16(1), Words.Read<ChannelKind>(reader.GetString(2)), Words.Read<DepthState>(reader.GetString(3)));
            if (place is not (_, ChannelKind.Websocket, DepthState.Reporting)) // who is not there waits for no work of ours
            {
                waiting[wall] = waiting.GetValueOrDefault(wall) + rows;
                total += rows;
            }
            if (reader.GetString(3) is "due") due[wall] = (due.GetValueOrDefault(wall).Count + rows, Math.Max(due.GetValueOrDefault(wall).Oldest, reader.GetDouble(5)));
            var depth = depths.GetValueOrDefault(place);
            depths[place] = (depth.Count + rows, Math.Max(depth.Oldest, reader.GetDouble(5)));
        }
        _waiting = waiting;
        _due = [.. due.Select(d => new TenantDepth(d.Key, d.Value.Count, d.Value.Oldest)).OrderByDescending(d => d.OldestSeconds)];
        _tenants = [.. _due.OrderByDescending(d => d.Due).Take(MostTenants)];
        _depths = [.. depths.Select(d => new QueueDepth(d.Key.Item1, d.Key.Item2, d.Key.Item3, d.Value.Count, d.Value.Oldest)).OrderBy(d => (d.Priority, d.Channel, d.State))];
        Interlocked.Exchange(ref _total, total);
        Interlocked.Add(ref _acceptedTotal, -acceptedTotal);
        foreach (var (wall, deliveries) in accepted)
            if (_accepted.AddOrUpdate(wall, 0, (_, n) => n - deliveries) == 0) _accepted.TryRemove(KeyValuePair.Create(wall, 0L));
        Counted = true;
    }

    [LoggerMessage(2050, LogLevel.Warning, "backlog not counted: {Reason}")]
    private partial void LogFailed(string reason);
}
