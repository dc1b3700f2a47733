using System.Collections.Concurrent;
using System.Text.Json;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.World;

namespace ChatRelay.Chaos.Faults;

/// <summary>A fault that was carried out.</summary>
internal sealed record FaultRecord(int Number, string Kind, string What, DateTimeOffset Began, DateTimeOffset Ended);

/// <summary>Carries a plan out: each fault at its time and for its time, several at once where they strike different things.</summary>
internal sealed class FaultRunner(ChaosWorld world, Journal journal, Action<string> say)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> targets = new();

    /// <summary>One fault after another from the plan; back when the last is mended.</summary>
    /// <param name="stop">no further fault begins</param>
    public async Task RunAsync(IEnumerable<PlannedFault> plan, CancellationToken stop, CancellationToken ct)
    {
        var running = new List<Task>();
        try
        {
            foreach (var next in plan)
            {
                await Task.Delay(next.Pause, stop);
                var target = targets.GetOrAdd(next.Fault.Target, _ => new SemaphoreSlim(1, 1));
                await target.WaitAsync(stop);
                if (running.Find(task => task.IsFaulted) is { } failed) await failed; // a bug of ours: the run is worth nothing any more
                running.RemoveAll(task => task.IsCompleted);
                running.Add(StrikeAsync(next, target, ct));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // Enough of them.
        }
        await Task.WhenAll(running);
    }

    private async Task StrikeAsync(PlannedFault planned, SemaphoreSlim target, CancellationToken ct)
    {
        try
        {
            var began = DateTimeOffset.UtcNow;
            say($"fault {planned.Number}: {planned.Fault}");
            await CarryOutAsync(planned.Fault, ct);
            await journal.AppendAsync(JsonSerializer.Serialize(new FaultRecord(planned.Number, planned.Fault.Kind, planned.Fault.ToString(), began, DateTimeOffset.UtcNow)));
        }
        finally
        {
            target.Release();
        }
    }

    private async Task CarryOutAsync(Fault fault, CancellationToken ct)
    {
        switch (fault)
        {
            case Fault.KillNode kill:
                await world.Nodes[kill.Node].KillAsync();
                await BackAsync(world.Nodes[kill.Node], TimeSpan.Zero, kill.Down, ct);
                break;
            case Fault.StopNode stop:
                await world.Nodes[stop.Node].StopAsync();
                await BackAsync(world.Nodes[stop.Node], TimeSpan.Zero, stop.Down, ct);
                break;
            case Fault.SkewNode skew:
                await world.Nodes[skew.Node].KillAsync();
                await BackAsync(world.Nodes[skew.Node], skew.Skew, skew.Down, ct);
                break;
            case Fault.FreezeNode freeze:
                world.Nodes[freeze.Node].Freeze();
                await ForAsync(freeze.Time, world.Nodes[freeze.Node].Thaw, ct);
                break;
            case Fault.CutNode cut:
                world.Nodes[cut.Node].Proxy.CutAll();
                break;
            case Fault.PartNode part:
                world.Nodes[part.Node].Proxy.Refusing = true;
                await ForAsync(part.Time, () => world.Nodes[part.Node].Proxy.Refusing = false, ct);
                break;
            case Fault.DelayNode delay:
                world.Nodes[delay.Node].Proxy.Delay = delay.By;
                await ForAsync(delay.Time, () => world.Nodes[delay.Node].Proxy.Delay = TimeSpan.Zero, ct);
                break;
            case Fault.StallNode stall:
                world.Nodes[stall.Node].Proxy.Stalled = true;
                await ForAsync(stall.Time, () => world.Nodes[stall.Node].Proxy.Stalled = false, ct);
                break;
            case Fault.HalveNode halve:
                world.Nodes[halve.Node].Proxy.HalveAll();
                break;
            case Fault.StrikeCommit strike:
                world.Nodes[strike.Node].Proxy.AtNextCommit = strike.How;
                await ForAsync(strike.AtMost, () => world.Nodes[strike.Node].Proxy.AtNextCommit = null, ct, () => world.Nodes[strike.Node].Proxy.AtNextCommit is null);
                break;
            case Fault.EndPostgres end:
                await world.Postgres.EndAsync(end.How, () =>
                {
                    foreach (var node in world.Nodes) node.Proxy.CutAll();
                    world.Owner.Clear();
                });
                await ForAsync(end.Down, world.Postgres.StartAgain, ct);
                await world.Postgres.RunningAsync(ct);
                break;
            case Fault.KillSession kill:
                world.Postgres.KillSession(kill.Which);
                break;
            case Fault.FreezePostgres freeze:
                await world.Postgres.FreezeAsync(freeze.Time, ct);
                break;
            case Fault.FillDisk fill:
                await world.Disk!.FillAsync();
                await ForAsync(fill.Time, world.Disk.Free, ct);
                await world.Postgres.RunningAsync(ct);
                break;
        }
    }

    private static async Task BackAsync(ChaosNode node, TimeSpan skew, TimeSpan down, CancellationToken ct)
    {
        node.Skew = skew;
        await ForAsync(down, node.Start, ct);
    }

    private static async Task ForAsync(TimeSpan time, Action mend, CancellationToken ct, Func<bool>? over = null)
    {
        var since = TimeProvider.System.GetTimestamp();
        try
        {
            if (over is null) await Task.Delay(time, ct);
            else while (!over() && TimeProvider.System.GetElapsedTime(since) < time) await Task.Delay(20, ct);
        }
        finally
        {
            mend();
        }
    }
}
