using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using ChatRelay.Tenants;
using ChatRelay.UserTokens;

namespace ChatRelay.Realtime;

/// <summary>
/// Once a second over all sockets: who has been quiet, whose token has ended or was revoked, whose tenant was suspended. One pass over fifty thousand costs
/// less than a timer for each would. When an operator drains the node it sends a few away in each pass; when it stops, all of them, spread over some seconds.
/// </summary>
internal sealed partial class SocketWatch(
    Sockets sockets, Revocations revocations, TenantCache tenants, RealtimeOptions options, ThisNode node, IHostApplicationLifetime life, RelayClock clock, ILogger<SocketWatch> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1), Leaving = TimeSpan.FromSeconds(15);
    private const int LeaveAtLeast = 200;
    private const double Drained = 0.015; // of those that are left, in a pass

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var leaving = life.ApplicationStopping.Register(() => _ = SendAwayAsync());
        var seen = -1L;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var now = clock.GetUtcNow();
                foreach (var connection in sockets.All) connection.Check(options, now);
                if (revocations.Version is var version && version != seen)
                {
                    seen = version;
                    foreach (var connection in sockets.All)
                        if (connection.Who is { } who && revocations.IsRevoked(who.Wall, who.Token)) connection.Close(CloseCode.Revoked);
                }
                if (node.Draining) SendSomeAway();
                await LookAtTenantsAsync(stoppingToken);
                await Task.Delay(Every, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                LogBlind(e.GetType().Name); // the next pass looks again
                await Task.Delay(Every, clock, CancellationToken.None);
            }
        }
    }

    private async Task LookAtTenantsAsync(CancellationToken ct)
    {
        foreach (var wall in sockets.Walls)
        {
            var code = await tenants.FindAsync(wall, ct) switch
            {
                null or { Row.Status: TenantStatus.Deleting } => CloseCode.Revoked,
                { Row.Status: TenantStatus.Suspended } => CloseCode.Suspended,
                _ => null,
            };
            if (code is null) continue;
            foreach (var connection in sockets.All)
                if (connection.Who?.Wall == wall) connection.Close(code);
        }
    }

    private void SendSomeAway()
    {
        var left = sockets.All.Where(c => c.Closed is null).ToList();
        foreach (var connection in left.Take((int)Math.Ceiling(left.Count * Drained))) connection.Close(CloseCode.Draining);
    }

    /// <summary>A few at a time: all at once would come back all at once.</summary>
    private async Task SendAwayAsync()
    {
        var all = sockets.All.ToList();
        var each = Math.Max(LeaveAtLeast, (int)Math.Ceiling(all.Count / Leaving.TotalSeconds));
        foreach (var some in all.Chunk(each))
        {
            foreach (var connection in some) connection.Close(CloseCode.Draining);
            if (some.Length == each) await Task.Delay(Every, clock, CancellationToken.None);
        }
    }

    [LoggerMessage(2620, LogLevel.Warning, "sockets.blind {Reason}")]
    private partial void LogBlind(string reason);
}
