using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Operations.Alerts;

/// <summary>
/// Judges the rules, one node at a time: (1) the turn, by the row that only one can have; (2) the figures; (3) what the policy makes of them; (4) the states, the
/// alerts and what is to be told of them in one commit. A node that dies under way leaves the turn to the next.
/// </summary>
internal sealed class AlertJudge(Databases databases, ThisNode node, AlertOptions options, TimeProvider clock)
{
    public const int EverySeconds = 10;

    private sealed record RuleRow(AlertRule Rule, AlertSetting Setting, AlertMemory Memory, Guid? Open, DateTimeOffset? SilencedUntil);

    /// <summary>False: another node has judged them lately.</summary>
    public async Task<bool> TurnAsync(CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // (1)
        if (await TakeTurnAsync(connection, ct) is not var (now, routed)) return false;

        // (2)
        var figures = await AlertFigures.ReadAsync(databases, ct);

        // (3) and (4)
        await using var batch = new NpgsqlBatch(connection);
        foreach (var row in await RulesAsync(connection, ct))
        {
            double? figure = figures.TryGetValue(row.Rule, out var known) ? known : null;
            var (memory, turn) = AlertPolicy.Decide(row.Memory, row.Setting, figure, now);
            var open = turn is AlertTurn.Fired ? RelayId.New<AlertId>(clock.GetUtcNow()).Value : memory.Firing ? row.Open : null;
            if (turn is AlertTurn.Fired) Fire(batch, open!.Value, row, figure!.Value, routed);
            else if (turn is AlertTurn.Resolved && row.Open is { } ended) Resolve(batch, ended);
            else if (open is { } still && figure is { } value) Worsen(batch, still, value, row.Setting.Below);
            Keep(batch, row.Rule, memory, open, figure);
        }
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private async Task<(DateTimeOffset Now, bool Routed)?> TakeTurnAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand($"""
            update alert_watch set due_at = relay.now() + interval '{EverySeconds} seconds', node = $1
            where due_at <= relay.now() or due_at > relay.now() + interval '{EverySeconds} seconds' returning relay.now(), route_tenant is not null
            """, connection) { Parameters = { new() { Value = node.Name } } };
        await using var reader = await take.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetFieldValue<DateTimeOffset>(0), reader.GetBoolean(1)) : null;
    }

    private static async Task<List<RuleRow>> RulesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using (var known = new NpgsqlCommand("insert into alert_rules (rule) select unnest($1::text[]) on conflict do nothing", connection)
        { Parameters = { new() { Value = AlertForm.All.Select(f => f.Name).ToArray() } } }) await known.ExecuteNonQueryAsync(ct);
        await using var read = new NpgsqlCommand("select rule, enabled, threshold, for_s, wrong_since, right_since, firing, silenced_until from alert_rules order by rule for update", connection);
        await using var reader = await read.ExecuteReaderAsync(ct);
        var rows = new List<RuleRow>();
        while (await reader.ReadAsync(ct))
        {
            if (AlertForm.Called(reader.GetString(0)) is not { } form) continue; // a newer node's rule
            Guid? open = reader.IsDBNull(6) ? null : reader.GetGuid(6);
            var setting = new AlertSetting(reader.GetBoolean(1), reader.IsDBNull(2) ? form.Threshold : reader.GetDouble(2), reader.IsDBNull(3) ? form.For : TimeSpan.FromSeconds(reader.GetInt32(3)), form.Below);
            rows.Add(new(form.Rule, setting, new(open is not null, Time(reader, 4), Time(reader, 5)), open, Time(reader, 7)));
        }
        return rows;
    }

    private void Fire(NpgsqlBatch batch, Guid id, RuleRow row, double value, bool routed)
    {
        batch.BatchCommands.Add(new("insert into alerts (id, rule, value, worst, threshold) values ($1, $2, $3, $3, $4)")
        {
            Parameters = { new() { Value = id }, new() { Value = Words.Of(row.Rule) }, new() { Value = value }, new() { Value = row.Setting.Threshold } },
        });
        // Silenced: told when the silence ends, if it fires still.
        batch.BatchCommands.Add(new("insert into alert_tellings (alert_id, turn, sink, due_at) select $1, 'fired', sink, greatest(relay.now(), $3) from unnest($2::text[]) sink")
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = (string[])[.. options.Url is null ? (string[])[] : ["outside"], .. routed ? (string[])["relay"] : []] },
                new() { Value = (object?)row.SilencedUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        });
    }

    // Who heard that it fired hears that it is over. What nobody has heard of yet because it is silenced needs no word.
    private static void Resolve(NpgsqlBatch batch, Guid id)
    {
        foreach (var sql in (string[])
        [
            "update alerts set resolved_at = relay.now() where id = $1",
            "delete from alert_tellings where alert_id = $1 and told_at is null and attempts = 0 and due_at > relay.now()",
            "insert into alert_tellings (alert_id, turn, sink) select alert_id, 'resolved', sink from alert_tellings where alert_id = $1 and turn = 'fired' and given_up_at is null on conflict do nothing",
        ]) batch.BatchCommands.Add(new(sql) { Parameters = { new() { Value = id } } });
    }

    private static void Worsen(NpgsqlBatch batch, Guid id, double value, bool below) =>
        batch.BatchCommands.Add(new($"update alerts set worst = $2 where id = $1 and {(below ? "worst > $2" : "worst < $2")}") { Parameters = { new() { Value = id }, new() { Value = value } } });

    private static void Keep(NpgsqlBatch batch, AlertRule rule, AlertMemory memory, Guid? open, double? figure) =>
        batch.BatchCommands.Add(new("update alert_rules set firing = $2, wrong_since = $3, right_since = $4, value = $5, judged_at = relay.now() where rule = $1")
        {
            Parameters =
            {
                new() { Value = Words.Of(rule) }, new() { Value = (object?)open ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = (object?)memory.WrongSince ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = (object?)memory.RightSince ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)figure ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Double },
            },
        });

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetFieldValue<DateTimeOffset>(at);
}
