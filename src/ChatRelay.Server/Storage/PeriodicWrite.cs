namespace ChatRelay.Storage;

/// <summary>Writes down every so often what a node keeps in memory, and once more when it stops. A database that is away loses one turn.</summary>
internal abstract partial class PeriodicWrite(TimeSpan every, TimeProvider clock, ILogger log) : BackgroundService
{
    protected TimeProvider Clock => clock;

    /// <summary>Takes no token: what was taken from memory is written, also while stopping.</summary>
    protected abstract Task WriteAsync();

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = new WakeUp(clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            await wake.WaitAsync(every, stoppingToken);
            try
            {
                await WriteAsync();
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                LogMissed(GetType().Name, e.GetType().Name);
            }
        }
    }

    [LoggerMessage(1030, LogLevel.Warning, "periodic.missed {Writer}: {Reason}")]
    private partial void LogMissed(string writer, string reason);
}
