using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Finds the lanes with due work and opens them. (1) A scan over all of them, on each look, while that is cheap. A snapshot that somebody holds keeps the index full of
/// dead rows, and the scan walks them: then (2) a look asks the lanes seen lately, and (3) the scan runs beside the claims, for lanes that are new and rows that were passed over.
/// </summary>
internal sealed class LaneLook(QueueDoor door, WorkBoard board, AccountLimits limits, WakeUps wake, TimeProvider clock)
{
    private readonly SeenLanes _seen = new();
    private Task _beside = Task.CompletedTask; // while it runs, cost and place of the scan are its own
    private Lane? _from;
    private TimeSpan _longest;
    private Pause _looked, _scanned;

    public ScanCost Cost { get; set; }

    /// <summary>After a hint or a quiet while; a queue with very many lanes is walked in stretches, and true says that there are more.</summary>
    public async Task<bool> RunAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var (now, since) = (clock.GetUtcNow(), clock.GetTimestamp());
        if (_beside.IsCompleted) await TurnAsync(now, ct);
        if (!_looked.IsOver(now)) return false;

        var more = false;
        if (_beside.IsCompleted && !Cost.IsDear) more = await ScanAsync(connection, ct); // (1)
        else await AskAsync(connection, ct); // (2)
        _looked = new(now, !more && board.HasOpenLanes ? Dispatcher.AfterScan(clock.GetElapsedTime(since)) : TimeSpan.Zero);
        return more;
    }

    /// <summary>Back when nothing runs beside any more; its token has been cancelled.</summary>
    public async Task EndAsync() => await _beside.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // How the last one failed is told to whoever looks.
    private async Task TurnAsync(DateTimeOffset now, CancellationToken ct)
    {
        var ended = _beside;
        _beside = Task.CompletedTask;
        await ended;
        if (Cost.IsDear && _scanned.IsOver(now)) _beside = ScanBesideAsync(ct); // (3)
    }

    private async Task ScanBesideAsync(CancellationToken ct)
    {
        await using var connection = await door.OpenAsync(ct);
        for (var more = true; more; wake.Here()) more = await ScanAsync(connection, ct);
        _scanned = new(clock.GetUtcNow(), Cost.Rest);
    }

    private async Task<bool> ScanAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var since = clock.GetTimestamp();
        var (due, next) = await LaneScan.ReadAsync(connection, _from, ct);
        if (clock.GetElapsedTime(since) is var took && took > _longest) _longest = took;
        _seen.Found(due);
        await OpenAsync(due, ct);
        if ((_from = next) is not null) return true;
        (Cost, _longest) = (Cost.After(_longest), TimeSpan.Zero);
        return false;
    }

    private async Task AskAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var answers = await LaneAsk.ReadAsync(connection, _seen.ToAsk(), ct);
        _seen.Asked(answers);
        await OpenAsync([.. answers.Where(a => a.IsDue).Select(a => new DueLane(a.Lane, a.At))], ct);
    }

    private async Task OpenAsync(List<DueLane> due, CancellationToken ct)
    {
        await limits.LearnAsync(board.Unknown(due.Select(l => l.Lane.Target)), ct); // before the first claim of a lane
        board.Open(due);
    }
}
