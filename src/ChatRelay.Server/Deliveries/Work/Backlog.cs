using System.Collections.Concurrent;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using ChatRelay.Tenants;

namespace ChatRelay.Deliveries;

/// <summary>
/// How much waits, for each environment and in all: asked before a body is read, so that a refusal costs nothing. A count of some seconds ago
/// plus what this node has accepted since: near enough for a limit, and free.
/// </summary>
internal sealed partial class Backlog(Databases databases, TenantCache tenants, ThisNode node, TimeProvider clock, DeliveryOptions options, ILogger<Backlog> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, long> _accepted = new();
    private volatile Dictionary<Guid, long> _waiting = [];
    private long _total, _acceptedTotal;

    /// <summary>Null when there is room.</summary>
    public async ValueTask<Problem?> RefusalAsync(HttpContext http)
    {
        var wall = http.Features.Get<Caller>()!.Wall;
        if (node.Draining) return Problem.Unavailable with { Detail = "This node is stopping." };
        if (Interlocked.Read(ref _total) + (Interlocked.Read(ref _acceptedTotal) * node.Live) >= options.Backlog)
            return Problem.Unavailable with { Detail = "The relay has as much waiting as it takes.", RetryAfter = TimeSpan.FromSeconds(5) };
        var limit = (await tenants.FindAsync(wall, http.RequestAborted))?.Row.MaxWaiting ?? options.TenantBacklog;
        return WaitingOf(wall) < limit ? null
            : new Problem(ProblemCode.BacklogFull, $"{limit} deliveries wait already.") { RetryAfter = TimeSpan.FromSeconds(5) };
    }

    public long WaitingOf(Guid wall) => _waiting.GetValueOrDefault(wall) + (_accepted.GetValueOrDefault(wall) * node.Live);

    public void Accepted(Guid wall, int deliveries)
    {
        _accepted.AddOrUpdate(wall, deliveries, (_, n) => n + deliveries);
        Interlocked.Add(ref _acceptedTotal, deliveries);
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
        _accepted.Clear(); // what comes while we count may be counted twice, for some seconds
        Interlocked.Exchange(ref _acceptedTotal, 0);
        await using var count = databases.Engine.CreateCommand("select tenant_id, count(*) from queue group by tenant_id");
        await using var reader = await count.ExecuteReaderAsync(ct);
        var (waiting, total) = (new Dictionary<Guid, long>(), 0L);
        while (await reader.ReadAsync(ct))
        {
            waiting[reader.GetGuid(0)] = reader.GetInt64(1);
            total += reader.GetInt64(1);
        }
        _waiting = waiting;
        Interlocked.Exchange(ref _total, total);
    }

    [LoggerMessage(2050, LogLevel.Warning, "backlog not counted: {Reason}")]
    private partial void LogFailed(string reason);
}
