using ChatRelay.Deliveries;

namespace ChatRelay.Tests.Simulation;

/// <summary>How the dispatcher finds lanes, step by step as LaneLook has it. In some worlds a snapshot is held, and a scan takes long.</summary>
internal sealed class Looking(Process process)
{
    private readonly WorkBoard _board = process.Board;
    private readonly Tables _tables = process.World.Tables;
    private readonly SeenLanes _seen = new();
    private bool _beside;
    private ScanCost _cost;
    private Pause _looked, _scanned;

    private Flaw Flaw => process.World.Flaw;

    /// <summary>False if the database could not be asked.</summary>
    public async Task<bool> RunAsync()
    {
        var (now, since) = (process.Clock.GetUtcNow(), process.Clock.GetTimestamp());
        if (!_beside && _cost.IsDear && _scanned.IsOver(now) && Flaw is not Flaw.OnlySeenLanesAreAsked) process.World.Run(ScanBesideAsync);
        if (!_looked.IsOver(now)) return true;
        if (!await (_beside || _cost.IsDear ? AskAsync() : ScanAsync())) return false;
        _looked = new(now, _board.HasOpenLanes ? Dispatcher.AfterScan(process.Clock.GetElapsedTime(since)) : TimeSpan.Zero);
        return true;
    }

    private async Task ScanBesideAsync()
    {
        _beside = true;
        if (await ScanAsync())
        {
            process.Wake.Here();
            _scanned = new(process.Clock.GetUtcNow(), _cost.Rest);
        }
        _beside = false;
    }

    private async Task<bool> ScanAsync()
    {
        var since = process.Clock.GetTimestamp();
        var due = await process.Ask(_tables.DueLanes);
        if (process.World.Plan.ScanTakes > TimeSpan.Zero) await process.Pause(process.World.Plan.ScanTakes);
        if (due.Lost || process.Stopping) return false;
        _cost = _cost.After(process.Clock.GetElapsedTime(since));
        _seen.Found(due.Value);
        _board.Open(Flaw is Flaw.FirstLaneTakesAll ? due.Value.Take(1) : due.Value);
        return true;
    }

    private async Task<bool> AskAsync()
    {
        var questions = _seen.ToAsk();
        var answers = await process.Ask(() => _tables.Answer(questions));
        if (answers.Lost || process.Stopping) return false;
        _seen.Asked(answers.Value);
        _board.Open(answers.Value.Where(a => a.IsDue).Select(a => new DueLane(a.Lane, a.At)));
        return true;
    }
}
