using ChatRelay.Storage;

namespace ChatRelay.Operations.Alerts;

/// <summary>Reads the figures that rules are judged by: one statement, along indexes and small tables.</summary>
internal static class AlertFigures
{
    // What every node writes down each ten seconds is at most half a minute old; a figure that nobody wrote is not known.
    public const string Sql = """
        select (select max(oldest_due_s) from node_figures where at > relay.now() - interval '30 seconds'),
          (select case when coalesce(sum(attempts), 0) < 20 then 0 else sum(failed)::float8 / sum(attempts)::float8 end from node_figures where at > relay.now() - interval '5 minutes'),
          (select count(*)::float8 from target_states where changed_at > relay.now() - interval '1 hour' and breaker <> 'closed'),
          (select min(disk_free::float8 / disk_size::float8) from node_figures where at > relay.now() - interval '30 seconds' and disk_size > 0),
          (select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()),
          (select coalesce(greatest(0, extract(epoch from relay.now() - min(due_at))), 0)::float8 from upkeep),
          (select count(*)::float8 from upkeep where error is not null),
          (select count(*)::float8 from nodes where ended_at is null and seen_at < relay.now() - interval '30 seconds' and seen_at > relay.now() - interval '1 hour')
        """;

    private static readonly AlertRule[] Columns =
    [
        AlertRule.QueueAge, AlertRule.FailureShare, AlertRule.BreakersOpen, AlertRule.DiskFree, AlertRule.OldSnapshot, AlertRule.UpkeepOverdue, AlertRule.UpkeepFailing, AlertRule.NodeSilent,
    ];

    /// <summary>Through the owner's door: it sees other logins' transactions.</summary>
    public static async Task<IReadOnlyDictionary<AlertRule, double>> ReadAsync(Databases databases, CancellationToken ct)
    {
        await using var read = databases.Owner.CreateCommand(Sql);
        await using var reader = await read.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var figures = new Dictionary<AlertRule, double>();
        for (var i = 0; i < Columns.Length; i++)
            if (!reader.IsDBNull(i)) figures[Columns[i]] = reader.GetDouble(i);
        return figures;
    }
}
