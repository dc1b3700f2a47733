using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Operations.Alerts;

/// <summary>Alerts and rules as they are shown.</summary>
internal sealed class AlertReads(Databases databases, AlertOptions options)
{
    public async Task<List<AlertView>> PageAsync(PageRequest page, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var read = PageCommand(connection, page);
        var rows = new List<AlertView>();
        await using (var reader = await read.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) if (ViewOf(reader) is { } view) rows.Add(view);
        await using var told = new NpgsqlCommand("select alert_id, sink, turn, told_at, error from alert_tellings where alert_id = any($1) order by turn, sink", connection) { Parameters = { new() { Value = rows.ConvertAll(r => r.Id.Value).ToArray() } } };
        var byAlert = new Dictionary<Guid, List<AlertView.Telling>>();
        await using (var reader = await told.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
            {
                if (!byAlert.TryGetValue(reader.GetGuid(0), out var list)) byAlert[reader.GetGuid(0)] = list = [];
                list.Add(new() { Sink = reader.GetString(1), Turn = reader.GetString(2), ToldAt = Time(reader, 3), Error = reader.IsDBNull(4) ? null : reader.GetString(4) });
            }
        return rows.ConvertAll(r => r with { Told = byAlert.GetValueOrDefault(r.Id.Value) ?? [] });
    }

    public static NpgsqlCommand PageCommand(NpgsqlConnection connection, PageRequest page) => new($"""
        select id, rule, fired_at, resolved_at, value, worst, threshold, acknowledged_at, acknowledged_by from alerts
        {(page.After is not null ? "where id < $1" : page.Before is not null ? "where id > $1" : "where $1::uuid is null")} order by id {(page.Backwards ? "asc" : "desc")} limit {page.Fetch}
        """, connection)
    {
        Parameters = { new() { Value = (object?)(page.After ?? page.Before) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid } },
    };

    public async Task<AlertRulesView> RulesAsync(CancellationToken ct)
    {
        await using var read = databases.Engine.CreateCommand("""
            select rule, enabled, threshold, for_s, value, judged_at, firing is not null, case when silenced_until > relay.now() then silenced_until end from alert_rules
            """);
        await using var reader = await read.ExecuteReaderAsync(ct);
        var set = new Dictionary<string, AlertRuleView>();
        while (await reader.ReadAsync(ct))
            if (AlertForm.Called(reader.GetString(0)) is { } form)
                set[form.Name] = Fresh(form) with
                {
                    Enabled = reader.GetBoolean(1),
                    Threshold = reader.IsDBNull(2) ? form.Threshold : reader.GetDouble(2),
                    ForS = reader.IsDBNull(3) ? (int)form.For.TotalSeconds : reader.GetInt32(3),
                    Value = reader.IsDBNull(4) ? null : reader.GetDouble(4),
                    JudgedAt = Time(reader, 5),
                    Firing = reader.GetBoolean(6),
                    SilencedUntil = Time(reader, 7),
                };
        return new() { Rules = [.. AlertForm.All.Select(f => set.GetValueOrDefault(f.Name) ?? Fresh(f))], Outside = options.Url is not null, Heartbeat = options.Heartbeat is not null };
    }

    private static AlertRuleView Fresh(AlertForm form) => new()
    {
        Rule = form.Rule,
        Says = form.Says,
        Unit = form.Unit,
        Enabled = true,
        Threshold = form.Threshold,
        DefaultThreshold = form.Threshold,
        ForS = (int)form.For.TotalSeconds,
        DefaultForS = (int)form.For.TotalSeconds,
        Value = null,
        JudgedAt = null,
        Firing = false,
        SilencedUntil = null,
        Runbook = form.RunbookPath,
    };

    private static AlertView? ViewOf(NpgsqlDataReader r) => AlertForm.Called(r.GetString(1)) is not { } form ? null : new()
    {
        Id = new(r.GetGuid(0)),
        Rule = form.Rule,
        Summary = form.Tell(r.GetDouble(4), r.GetDouble(6)),
        FiredAt = r.GetFieldValue<DateTimeOffset>(2),
        ResolvedAt = Time(r, 3),
        Value = r.GetDouble(4),
        Worst = r.GetDouble(5),
        Threshold = r.GetDouble(6),
        AcknowledgedAt = Time(r, 7),
        AcknowledgedBy = r.IsDBNull(8) ? null : r.GetString(8),
        Told = [],
    };

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetFieldValue<DateTimeOffset>(at);
}
