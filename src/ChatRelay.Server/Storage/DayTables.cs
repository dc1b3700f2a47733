using Npgsql;

namespace ChatRelay.Storage;

/// <summary>
/// Sees to it that the tables of a day stand before an id of that day is written. Upkeep makes them days ahead; a node makes them itself when
/// it starts, and when somebody is about to write although upkeep has slept for days.
/// </summary>
internal sealed partial class DayTables(Databases databases, RelayClock clock, ILogger<DayTables> log) : IHostedService, IDisposable
{
    private const int Ahead = 3;
    internal const long Lock = 0x43_48_52_44_59; // 'CHRDY': two nodes that make the same day do it once
    private readonly SemaphoreSlim _making = new(1, 1);
    private Window _known = new(DateTimeOffset.MaxValue, DateTimeOffset.MinValue);

    /// <summary>False when they do not stand and cannot be made now: then nothing of that moment may be promised.</summary>
    public ValueTask<bool> StandAsync(DateTimeOffset at, CancellationToken ct) => _known.Holds(at) ? new(true) : new(TryMakeAsync(at, ct));

    /// <summary>The day, the one before, and those ahead.</summary>
    public async Task MakeAsync(DateTimeOffset at, CancellationToken ct)
    {
        await _making.WaitAsync(ct);
        try
        {
            await MakeLockedAsync(DateOnly.FromDateTime(at.UtcDateTime), ct);
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>A database that cannot make them now does not keep a node from starting: it is asked again at the first write.</summary>
    public async Task StartAsync(CancellationToken cancellationToken) => await StandAsync(clock.GetUtcNow(), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _making.Dispose();

    private async Task<bool> TryMakeAsync(DateTimeOffset at, CancellationToken ct)
    {
        await _making.WaitAsync(ct);
        try
        {
            if (!_known.Holds(at)) await MakeLockedAsync(DateOnly.FromDateTime(at.UtcDateTime), ct);
            return true;
        }
        catch (Exception e) when (LostConnection.Is(e) || e is PostgresException)
        {
            LogMissing(DateOnly.FromDateTime(at.UtcDateTime), e is PostgresException said ? said.SqlState : e.GetType().Name);
            return false;
        }
        finally
        {
            _making.Release();
        }
    }

    private async Task MakeLockedAsync(DateOnly day, CancellationToken ct)
    {
        await using var owner = await databases.Owner.OpenConnectionAsync(ct);
        await using var transaction = await owner.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(owner)
        {
            BatchCommands =
            {
                new("set local lock_timeout = '2s'"), // rather fail than queue every request behind us
                new($"select pg_advisory_xact_lock({Lock})"),
                new("call relay.make_partitions($1, $2)") { Parameters = { new() { Value = day.AddDays(-1) }, new() { Value = day.AddDays(Ahead) } } },
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        _known = new(MidnightOf(day.AddDays(-1)), MidnightOf(day.AddDays(Ahead))); // the last day is left out: an id may be some moments younger than the look
    }

    private static DateTimeOffset MidnightOf(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>From when until when tables are known to stand.</summary>
    private sealed record Window(DateTimeOffset From, DateTimeOffset Until)
    {
        public bool Holds(DateTimeOffset at) => at >= From && at < Until;
    }

    [LoggerMessage(1040, LogLevel.Error, "tables of {Day:yyyy-MM-dd} are missing and cannot be made: {Reason}")]
    private partial void LogMissing(DateOnly day, string reason);
}
