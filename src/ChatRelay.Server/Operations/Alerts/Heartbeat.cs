using ChatRelay.Deliveries;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Operations.Alerts;

/// <summary>What a delivering node knows of its own health.</summary>
internal readonly record struct Vitals(bool Reaches, bool Paused, bool Draining, TimeSpan? SinceLook)
{
    /// <summary>It would send now what is due. A database that does not answer, a pause, a drain, and a loop that hangs: each is silence.</summary>
    public bool Well => Reaches && !Paused && !Draining && SinceLook < TimeSpan.FromMinutes(1);
}

/// <summary>Calls the heartbeat's address every minute while this node is well, and says nothing otherwise: whoever waits for it there raises the alarm.</summary>
internal sealed partial class Heartbeat(OutsideSink outside, AlertOptions options, NodeHeartbeat database, ThisNode node, Dispatcher dispatcher, TimeProvider clock, ILogger<Heartbeat> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(1);

    public Vitals Now => new(database.Beating, node.Paused, node.Draining, dispatcher.SinceLook);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (wake, beatAt) = (new Storage.WakeUp(clock), (long?)null);
        while (options.Heartbeat is not null && !stoppingToken.IsCancellationRequested)
        {
            if (Now.Well && (beatAt is not { } at || clock.GetElapsedTime(at) >= Every))
            {
                beatAt = clock.GetTimestamp();
                await BeatAsync(stoppingToken);
            }
            await wake.WaitAsync(Look < Every ? Look : Every, stoppingToken);
        }
    }

    private async Task BeatAsync(CancellationToken ct)
    {
        try
        {
            if (await outside.BeatAsync(ct) is { } fault) LogUnheard(fault);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    [LoggerMessage(6104, LogLevel.Warning, "heartbeat.unheard: {Reason}")]
    private partial void LogUnheard(string reason);
}
