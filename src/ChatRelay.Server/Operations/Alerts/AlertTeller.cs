using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Operations.Alerts;

/// <summary>
/// Tells what is due to be told, each to its sink. A word is claimed for a minute before it goes out, so that two nodes do not say it; a node that dies between
/// saying and noting says it again through another: at least once, under the same id.
/// </summary>
internal sealed partial class AlertTeller(Databases databases, OutsideSink outside, RelaySink relay, AlertOptions options, ThisNode node, ILogger<AlertTeller> log)
{
    private const int MostAttempts = 40;

    private sealed record Telling(Guid Alert, string Sink, int Attempts, AlertWord Word);

    public async Task TellDueAsync(CancellationToken ct)
    {
        foreach (var telling in await ClaimAsync(ct))
        {
            var fault = telling.Sink is "outside" ? await outside.TellAsync(telling.Word, ct) : await ByRelayAsync(telling.Word, ct);
            LogTold(telling.Word.Rule, telling.Word.Turn, telling.Sink, fault ?? "taken");
            await NoteAsync(telling, fault, ct);
        }
    }

    private async Task<string?> ByRelayAsync(AlertWord word, CancellationToken ct)
    {
        try
        {
            return await relay.TellAsync(word, ct);
        }
#pragma warning disable CA1031 // A bug on that way must not silence the other one. What the database does is told by the word's own claim.
        catch (Exception bug) when (bug is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogBug(bug, word.Rule);
            return bug.GetType().Name;
        }
    }

    /// <summary>Ten seconds, doubled each time, ten minutes at most.</summary>
    public static TimeSpan RestAfter(int attempts) => TimeSpan.FromSeconds(Math.Min(600, 10 * Math.Pow(2, Math.Clamp(attempts - 1, 0, 10))));

    // That it is over is said after that it fired. Where no address is set, another node may have one.
    private async Task<List<Telling>> ClaimAsync(CancellationToken ct)
    {
        await using var claim = databases.Engine.CreateCommand("""
            with due as (
              select t.alert_id, t.turn, t.sink from alert_tellings t
              where t.told_at is null and t.given_up_at is null and t.due_at <= relay.now() and (t.sink <> 'outside' or $1)
                and (t.turn = 'fired' or not exists (
                  select from alert_tellings f where f.alert_id = t.alert_id and f.sink = t.sink and f.turn = 'fired' and f.told_at is null and f.given_up_at is null))
              order by t.due_at limit 20 for update skip locked
            )
            update alert_tellings t set due_at = relay.now() + interval '1 minute', attempts = t.attempts + 1
            from due, alerts a where t.alert_id = due.alert_id and t.turn = due.turn and t.sink = due.sink and a.id = t.alert_id
            returning t.alert_id, t.turn, t.sink, t.attempts, a.rule, case when t.turn = 'fired' then a.value else a.worst end, a.threshold, a.fired_at, a.resolved_at
            """);
        claim.Parameters.AddWithValue(options.Url is not null);
        await using var reader = await claim.ExecuteReaderAsync(ct);
        var due = new List<Telling>();
        while (await reader.ReadAsync(ct))
        {
            if (AlertForm.Called(reader.GetString(4)) is not { } form) continue; // a newer node's rule: it tells it
            var turn = Words.Read<AlertTurn>(reader.GetString(1));
            due.Add(new(reader.GetGuid(0), reader.GetString(2), reader.GetInt32(3), new(new AlertId(reader.GetGuid(0)).ToString(), form.Rule, turn, reader.GetDouble(5), reader.GetDouble(6),
                reader.GetFieldValue<DateTimeOffset>(7), turn is AlertTurn.Resolved && !reader.IsDBNull(8) ? reader.GetFieldValue<DateTimeOffset>(8) : null, node.Name)));
        }
        return due;
    }

    private async Task NoteAsync(Telling telling, string? fault, CancellationToken ct)
    {
        await using var note = databases.Engine.CreateCommand("""
            update alert_tellings set told_at = case when $4::text is null then relay.now() end, error = $4, due_at = relay.now() + $5,
              given_up_at = case when $4::text is not null and $6 then relay.now() end
            where alert_id = $1 and turn = $2 and sink = $3 and told_at is null
            """);
        foreach (var value in (object[])[telling.Alert, Words.Of(telling.Word.Turn), telling.Sink]) note.Parameters.AddWithValue(value);
        note.Parameters.Add(new() { Value = (object?)fault ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        note.Parameters.AddWithValue(RestAfter(telling.Attempts));
        note.Parameters.AddWithValue(telling.Attempts >= MostAttempts);
        await note.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(6105, LogLevel.Error, "alert.untold_by_relay {Rule}")]
    private partial void LogBug(Exception bug, AlertRule rule);

    [LoggerMessage(6101, LogLevel.Information, "alert.told {Rule} {Turn} to {Sink}: {Outcome}")]
    private partial void LogTold(AlertRule rule, AlertTurn turn, string sink, string outcome);
}
