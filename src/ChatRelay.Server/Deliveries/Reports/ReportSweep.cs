using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>Works in what was told of mails, in the order of each mail's story, some mails at a time.</summary>
internal sealed partial class ReportSweep(Databases databases, ReportWriter writer, TimeProvider clock, ILogger<ReportSweep> log) : BackgroundService
{
    private const int Batch = 200, AtOnce = 4;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(300);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                try
                {
                    while (await WorkInAsync(stoppingToken) == Batch) { }
                }
                catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
                {
                    LogWaiting(e is PostgresException said ? said.SqlState : e.GetType().Name);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task<int> WorkInAsync(CancellationToken ct)
    {
        List<WaitingReport> taken;
        await using (var connection = await databases.Engine.OpenConnectionAsync(ct)) taken = await WaitingReport.TakeAsync(connection, Batch, ct);
        await Parallel.ForEachAsync(taken.GroupBy(w => w.Report.Delivery), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (story, stop) =>
        {
            foreach (var waiting in story.OrderBy(w => w.Report.At).ThenBy(w => w.Report.Event)) await OneAsync(waiting, stop);
        });
        return taken.Count;
    }

    /// <summary>One report's fault must not hold up the others; its row comes again later, and is in the log.</summary>
    private async Task OneAsync(WaitingReport waiting, CancellationToken ct)
    {
        try
        {
            await writer.WorkInAsync(waiting, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !LostConnection.IsBehind(e))
        {
            LogFailed(e, new DeliveryId(waiting.Report.Delivery), waiting.Report.Event.ToString());
            await using var connection = await databases.Engine.OpenConnectionAsync(ct);
            await waiting.PutOffAsync(connection, ct);
        }
    }

    [LoggerMessage(2050, LogLevel.Warning, "reports.waiting: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(2051, LogLevel.Error, "report.failed {DeliveryId} {Event}")]
    private partial void LogFailed(Exception fault, DeliveryId deliveryId, string @event);
}
