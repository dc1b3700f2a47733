using ChatRelay.Deliveries;

namespace ChatRelay.Operations.Alerts;

/// <summary>What is watched. The list is closed; operators set thresholds and turn rules off.</summary>
internal enum AlertRule { QueueAge, FailureShare, BreakersOpen, DiskFree, OldSnapshot, UpkeepOverdue, UpkeepFailing, NodeSilent, DatabaseUnreachable }

/// <summary>How a rule reads: from what on it is broken, how long it has to be before anybody is told, and what to do then.</summary>
/// <param name="Below">it is broken below its threshold, not above</param>
internal sealed record AlertForm(AlertRule Rule, string Says, AlertUnit Unit, double Threshold, TimeSpan For, string Runbook, bool Below = false)
{
    public string Name => Words.Of(Rule);

    /// <summary>Those that are judged from the tables. That the database is gone, each node finds out for itself.</summary>
    public static IReadOnlyList<AlertForm> All { get; } =
    [
        new(AlertRule.QueueAge, "The oldest due delivery has waited for longer than", AlertUnit.Seconds, 300, TimeSpan.FromMinutes(2), "queue-old"),
        new(AlertRule.FailureShare, "Of the attempts of five minutes (if there were twenty) more failed than", AlertUnit.Share, 0.5, TimeSpan.FromMinutes(2), "failing"),
        new(AlertRule.BreakersOpen, "Targets that were found failing in the last hour, and have not come back, are more than", AlertUnit.Count, 20, TimeSpan.FromMinutes(5), "failing"),
        new(AlertRule.DiskFree, "Where a node's data folder lies, less is free than", AlertUnit.Share, 0.1, TimeSpan.FromMinutes(2), "disk", Below: true),
        new(AlertRule.OldSnapshot, "A transaction of the database has been open for longer than", AlertUnit.Seconds, 900, TimeSpan.FromMinutes(2), "old-snapshot"),
        new(AlertRule.UpkeepOverdue, "Recurring upkeep is overdue by more than", AlertUnit.Seconds, 600, TimeSpan.FromMinutes(2), "upkeep"),
        new(AlertRule.UpkeepFailing, "Pieces of upkeep whose last run failed are more than", AlertUnit.Count, 0, TimeSpan.FromMinutes(15), "upkeep"),
        new(AlertRule.NodeSilent, "Nodes that went silent in the last hour, without having stopped, are more than", AlertUnit.Count, 0, TimeSpan.FromMinutes(1), "down"),
    ];

    public static AlertForm Unreachable { get; } = new(AlertRule.DatabaseUnreachable, "The database has been out of reach for longer than", AlertUnit.Seconds, 30, TimeSpan.Zero, "database");

    public static AlertForm Of(AlertRule rule) => rule is AlertRule.DatabaseUnreachable ? Unreachable : All.First(f => f.Rule == rule);

    public static AlertForm? Called(string name) => All.FirstOrDefault(f => f.Name == name);

    public string RunbookPath => $"docs/runbooks/{Runbook}.md";

    /// <summary>The sentence that people are told.</summary>
    public string Tell(double value, double threshold) => $"{Says} {Write(threshold)}: {Write(value)}.";

    public string Write(double value) => Unit switch
    {
        AlertUnit.Share => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value * 100:0.#} %"),
        AlertUnit.Seconds => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value:0.#} s"),
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value:0.#}"),
    };
}

/// <summary>What a rule's figure counts.</summary>
internal enum AlertUnit { Seconds, Share, Count }
