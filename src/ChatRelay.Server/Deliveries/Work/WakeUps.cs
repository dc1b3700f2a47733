using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Hints that there is work. They may be late, doubled or lost, and the only harm is time: every node looks by itself all the same.
/// One NOTIFY for all that was said since the last one, outside the transactions that made the work.
/// </summary>
internal sealed partial class WakeUps(Databases databases, TimeProvider clock, ILogger<WakeUps> log) : BackgroundService
{
    private const string Channel = "relay_work";
    private readonly SemaphoreSlim _here = new(0, 1);
    private readonly SemaphoreSlim _there = new(0, 1);
    private readonly SemaphoreSlim _steps = new(0, 1);

    /// <summary>Work became due: look now, here and on the other nodes.</summary>
    public void Now()
    {
        Here();
        Release(_there);
    }

    /// <summary>Only this node has something to look at: a place came free, a lane opened.</summary>
    public void Here()
    {
        Release(_here);
        Release(_steps);
    }

    /// <summary>Back at a hint, or after that time at the latest.</summary>
    public Task WaitAsync(TimeSpan longest, CancellationToken ct) => WaitAsync(_here, longest, ct);

    /// <summary>The same for whoever begins steps that wait for people: one hint wakes both.</summary>
    public Task WaitForStepsAsync(TimeSpan longest, CancellationToken ct) => WaitAsync(_steps, longest, ct);

    private async Task WaitAsync(SemaphoreSlim signal, TimeSpan longest, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            await signal.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Nobody said anything: look all the same.
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(SayAsync(stoppingToken), HearAsync(stoppingToken));

    private async Task SayAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await _there.WaitAsync(stopping);
                await using var say = databases.Engine.CreateCommand($"notify {Channel}");
                await say.ExecuteNonQueryAsync(stopping);
                await Task.Delay(TimeSpan.FromMilliseconds(20), clock, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                LogSilent(e.GetType().Name);
            }
        }
    }

    private async Task HearAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await databases.Engine.OpenConnectionAsync(stopping);
                using var here = CancellationTokenSource.CreateLinkedTokenSource(databases.Place.Here, stopping);
                connection.Notification += (_, _) => Here();
                await using (var listen = new NpgsqlCommand($"listen {Channel}", connection)) await listen.ExecuteNonQueryAsync(stopping);
                try
                {
                    while (true) await connection.WaitAsync(here.Token);
                }
                finally
                {
                    NpgsqlConnection.ClearPool(connection); // a pooled session would go on listening
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (OperationCanceledException)
            {
                // The database is elsewhere now: hear it there.
            }
            catch (Exception e) when (LostConnection.IsBehind(e))
            {
                LogSilent(e.GetType().Name);
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(1), clock, stopping);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    private static void Release(SemaphoreSlim signal)
    {
        try
        {
            if (signal.CurrentCount == 0) signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Said by two at once.
        }
    }

    public override void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
        _steps.Dispose();
        base.Dispose();
    }

    [LoggerMessage(2010, LogLevel.Warning, "wake-ups are silent: {Reason}")]
    private partial void LogSilent(string reason);
}
