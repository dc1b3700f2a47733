using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>The dispatcher's loop, step by step as Dispatcher has it.</summary>
internal sealed class Dispatching(Process process)
{
    private static readonly TimeSpan Throttled = TimeSpan.FromMilliseconds(200); // a machine with much to do: its 50 ms take longer

    private readonly WorkBoard _board = process.Board;
    private readonly Tables _tables = process.World.Tables;
    private readonly Looking _looking = new(process);
    private Pause _suspected;

    private Flaw Flaw => process.World.Flaw;

    public async Task LoopAsync()
    {
        while (!process.Stopping)
        {
            if (await TurnAsync()) continue;
            await process.Wake.WaitAsync(!_board.HasOpenLanes ? Dispatcher.Quiet : Flaw is Flaw.LooksSeldom ? Dispatcher.Quiet * 6 : Throttled);
        }
    }

    private async Task<bool> TurnAsync()
    {
        if (process.Node.Draining || _board.Closed || process.InFlight >= process.World.Plan.Slots * 4) return false;

        // (1) the lanes
        if (!await _looking.RunAsync()) return false;
        if (_suspected.IsOver(process.Clock.GetUtcNow()) && await SuspectAsync()) return true;

        // (2) and (3)
        var orders = _board.Choose();
        if (orders.Count == 0) return false;
        process.World.Watch.Turned(process, orders);
        var taken = await process.Ask(() => _tables.Take(process.Incarnation, orders));
        var rows = taken.Lost || process.Stopping ? [] : taken.Value;
        _board.Claimed(orders, rows);

        // (4) from here on each row is its own
        return rows.Count > 0 && await RunAsync(rows.ConvertAll(r => r.Row));
    }

    private async Task<bool> RunAsync(List<ClaimedDelivery> claimed)
    {
        if ((await process.Ask(() => true)).Lost)
        {
            foreach (var row in claimed) _board.HandBack(row.Lane);
            await process.Ask(() => _tables.HandBack(claimed));
            return false;
        }
        claimed.ForEach(process.Run);
        return true;
    }

    private async Task<bool> SuspectAsync()
    {
        _suspected = new(process.Clock.GetUtcNow(), Dispatcher.BetweenSuspects);
        if (await process.Ask(_tables.HasSuspect) is not { Lost: false, Value: true }) return false;
        var alone = Flaw is not Flaw.SuspectsHaveCompany;
        _board.Closed = alone;
        if (alone) await EmptyAsync();
        var taken = await process.Ask(() => _tables.TakeSuspect(process.Incarnation));
        if (taken is { Lost: false, Value: { } suspect } && !process.Stopping)
        {
            _board.TakeAlone(suspect.Lane);
            await RunAsync([suspect]);
            if (alone) await process.EmptyAsync();
        }
        _board.Closed = process.Stopping;
        _suspected = new(process.Clock.GetUtcNow(), Dispatcher.BetweenSuspects);
        return taken is { Lost: false, Value: not null };
    }

    private async Task EmptyAsync()
    {
        await process.EmptyAsync();
        while (_board.InFlight > 0)
        {
            await process.Wake.WaitAsync(Throttled);
            await process.EmptyAsync();
        }
    }
}

/// <summary>Rescue's loop: the dead ones' rows, and our own that nobody works on.</summary>
internal sealed class Rescuing(Process process)
{
    private const int Batch = 200;
    private readonly Tables _tables = process.World.Tables;
    private readonly DeathWatch _watch = new();
    private readonly Orphans _orphans = new();
    private readonly HashSet<Guid> _seen = [];
    private Pause _looked;

    private Flaw Flaw => process.World.Flaw;

    public async Task LoopAsync()
    {
        while (!process.Stopping)
        {
            if (!await TurnAsync()) _watch.Forget();
            await process.Pause(Rescue.Every, idle: true);
        }
    }

    private async Task<bool> TurnAsync()
    {
        if (!process.Beating) _watch.Forget();
        else
        {
            var holders = await process.Ask(() => _tables.Holders(process.Incarnation));
            if (holders.Lost) return false;
            var dead = Flaw is Flaw.OneLookIsEnough ? [.. holders.Value.Where(h => h.Ended || h.Silent > DeathWatch.Lease)]
                : _watch.Look(holders.Value, process.Clock.GetElapsedTime(0));
            foreach (var one in dead)
                if (!await TakeOverAsync(one)) return false;
        }
        return Flaw is Flaw.OrphansAreForgotten || await OrphansAsync();
    }

    private async Task<bool> TakeOverAsync(Holder dead)
    {
        while (true)
        {
            var said = await process.Ask(() => Read(dead));
            if (said.Lost) return false;
            var rows = Flaw is Flaw.RescueForgetsRows ? [.. said.Value.Take(_seen.Add(dead.Incarnation) ? 1 : 0)] : said.Value;
            if (rows.Count == 0) return true;
            if ((await process.Ask(() => _tables.HandBack([.. rows.Where(r => !r.Begun)]))).Lost) return false;
            await Task.WhenAll(rows.Where(r => r.Begun).Select(LostAsync));
        }
    }

    private List<ClaimedDelivery> Read(Holder dead)
    {
        var rows = _tables.Of(dead, Batch);
        if (rows.Count > 0) process.World.Watch.Rescued(process, rows);
        return rows;
    }

    private async Task LostAsync(ClaimedDelivery row)
    {
        var (decision, suspicion) = Flaw switch
        {
            Flaw.EverybodyIsCharged => Rescue.Lost(row with { Alone = true }, process.Roll()),
            Flaw.DoubtIsIgnored => Rescue.Lost(row with { Channel = ChannelKind.Webhook }, process.Roll()),
            _ => Rescue.Lost(row, process.Roll()),
        };
        await process.Outcomes.SettleAsync(row, Outcome.WorkerLost, maybeSent: true, decision, suspicion);
    }

    private async Task<bool> OrphansAsync()
    {
        if (!_looked.IsOver(process.Clock.GetUtcNow())) return true;
        _looked = new(process.Clock.GetUtcNow(), Rescue.BetweenOrphans);
        var ours = await process.Ask(() => _tables.Of(process.Incarnation, int.MaxValue));
        if (ours.Lost) return false;
        var again = _orphans.Look(ours.Value, process.Has);
        if (Flaw is Flaw.OrphansAtOnce) again = [.. ours.Value.Where(r => !process.Has(r.Id))];
        return again.Count == 0 || !(await process.Ask(() => _tables.HandBack(again))).Lost;
    }
}

/// <summary>Sweeps' loop: deadlines and expiries, and the news of targets as TargetNews exchanges it.</summary>
internal sealed class Sweeping(Process process)
{
    private const int Batch = 200;
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(5);
    private readonly Tables _tables = process.World.Tables;
    private readonly Dictionary<Target, DateTimeOffset> _learned = [];
    private DateTimeOffset _seen = DateTimeOffset.UnixEpoch;

    public async Task LoopAsync()
    {
        while (true)
        {
            await TurnAsync();
            await process.Pause(Sweeps.Every, idle: true);
        }
    }

    private async Task TurnAsync()
    {
        while (true)
        {
            var due = await process.Ask(() => _tables.ToJudge(Batch));
            if (due.Lost) return;
            foreach (var (id, notification) in due.Value)
                if (!await JudgeAsync(id, notification)) return;
            if (due.Value.Count < Batch) break;
        }
        await ExchangeAsync();
        process.Board.Forget();
    }

    private async Task<bool> JudgeAsync(Guid id, Guid notification)
    {
        var said = await process.Ask(process.Outcomes.TimePassed(notification));
        if (said.Lost) return false;
        if (said.Value is RouteOutcome.Moved { Due: true }) process.Wake.Now();
        return said.Value is not RouteOutcome.Moved { Changed: false } || !(await process.Ask(() => _tables.Judged(id))).Lost;
    }

    private async Task ExchangeAsync()
    {
        var changes = process.Board.TakeChanges();
        if (changes.Count > 0)
        {
            var said = await process.Ask(() => _tables.Say(changes));
            if (said.Lost)
            {
                process.Board.Untold(changes.ConvertAll(c => c.Target));
                return;
            }
            foreach (var row in said.Value) _learned[row.Target] = row.ChangedAt;
            foreach (var (target, breaker) in changes) process.World.Watch.Tell($"{process} says: {target.Name} {breaker.State}, ramp {breaker.Ramp}, until {breaker.Until:HH:mm:ss.fff}");
        }
        var heard = await process.Ask(() => _tables.Hear(_seen - Overlap));
        if (heard.Lost) return;
        foreach (var row in heard.Value)
        {
            if (row.ChangedAt > _seen) _seen = row.ChangedAt;
            if (_learned.GetValueOrDefault(row.Target) == row.ChangedAt) continue;
            _learned[row.Target] = row.ChangedAt;
            process.Board.Learn(row.Target, row.Breaker, paused: false);
            process.World.Watch.Tell($"{process} learns: {row.Target.Name} {row.Breaker.State}, ramp {row.Breaker.Ramp}, until {row.Breaker.Until:HH:mm:ss.fff}");
        }
    }
}
