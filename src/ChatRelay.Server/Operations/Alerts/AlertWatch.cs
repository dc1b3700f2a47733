using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Operations.Alerts;

/// <summary>
/// On every node, every few seconds: judge if it is our turn, tell what is due, look what fires. When the database does not answer, this node says so itself to the
/// sink outside, once, and once more when it is back: nothing is written for that, so with several nodes each speaks for itself.
/// </summary>
internal sealed partial class AlertWatch(
    Databases databases, AlertJudge judge, AlertTeller teller, AlertBoard board, OutsideSink outside, AlertOptions options, ThisNode node, TimeProvider clock, ILogger<AlertWatch> log) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly WakeUp wake = new(clock);
    private readonly Queue<AlertWord> untold = new();
    private AlertMemory outage = AlertMemory.Quiet;
    private string outageId = "";
    private DateTimeOffset outageSince;
    private long? awaySince;

    /// <summary>From when on it is one.</summary>
    public TimeSpan OutageAfter { get; set; } = TimeSpan.FromSeconds(AlertForm.Unreachable.Threshold);

    /// <summary>An operator changed something: look now.</summary>
    public void Wake() => wake.Signal();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await judge.TurnAsync(stoppingToken);
                await teller.TellDueAsync(stoppingToken);
                await LookAsync(stoppingToken);
                awaySince = null;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.IsBehind(e) || e is Npgsql.PostgresException)
            {
                if (LostConnection.IsBehind(e)) awaySince ??= clock.GetTimestamp();
                LogWaiting(e.GetType().Name);
            }
            await OutageAsync(stoppingToken);
            await wake.WaitAsync(awaySince is null ? Every : Shorter(OutageAfter), stoppingToken);
        }
    }

    public const string OpenSql = """
        select a.id, a.rule, a.fired_at, coalesce(r.value, a.value), a.threshold, a.acknowledged_at, coalesce(r.silenced_until > relay.now(), false)
        from alerts a left join alert_rules r on r.firing = a.id where a.resolved_at is null order by a.id
        """;

    /// <summary>What fires now, for the pages.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        await using var read = databases.Engine.CreateCommand(OpenSql);
        await using var reader = await read.ExecuteReaderAsync(ct);
        var open = new List<OpenAlert>();
        while (await reader.ReadAsync(ct))
            if (AlertForm.Called(reader.GetString(1)) is { } form)
                open.Add(new(new AlertId(reader.GetGuid(0)), form.Rule, reader.GetFieldValue<DateTimeOffset>(2), reader.GetDouble(3), reader.GetDouble(4),
                    reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5), reader.GetBoolean(6)));
        board.Show(open);
    }

    private async Task OutageAsync(CancellationToken ct)
    {
        var (now, away) = (clock.GetUtcNow(), awaySince is { } since ? clock.GetElapsedTime(since) : TimeSpan.Zero);
        (outage, var turn) = AlertPolicy.Decide(outage, new(true, OutageAfter.TotalSeconds, TimeSpan.Zero, false), away.TotalSeconds, now);
        if (turn is AlertTurn.Fired) (outageId, outageSince) = (RelayId.New<AlertId>(now).ToString(), now);
        if (turn is not AlertTurn.None && options.Url is not null)
            untold.Enqueue(new(outageId, AlertRule.DatabaseUnreachable, turn, away.TotalSeconds, OutageAfter.TotalSeconds, outageSince, turn is AlertTurn.Resolved ? now : null, node.Name));
        board.ShowOutage(outage.Firing ? new(null, AlertRule.DatabaseUnreachable, outageSince, away.TotalSeconds, OutageAfter.TotalSeconds, null, false) : null);
        while (untold.TryPeek(out var word))
        {
            if (await outside.TellAsync(word, ct) is { } fault)
            {
                LogUntold(word.Rule, fault);
                return; // at the next look
            }
            untold.Dequeue();
        }
    }

    private static TimeSpan Shorter(TimeSpan outageAfter) => outageAfter < Every ? outageAfter : Every;

    [LoggerMessage(6102, LogLevel.Warning, "alerts.waiting: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(6103, LogLevel.Warning, "alert.untold {Rule}: {Reason}")]
    private partial void LogUntold(AlertRule rule, string reason);
}
