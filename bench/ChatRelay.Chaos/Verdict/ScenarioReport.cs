using System.Text;

namespace ChatRelay.Chaos.Verdict;

/// <summary>How a scenario ended: its findings, and what is worth knowing beside them.</summary>
internal sealed record ScenarioReport(string Scenario, DateTimeOffset Began, DateTimeOffset Ended, IReadOnlyList<Finding> Findings)
{
    /// <summary>Short tables or lines in Markdown.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public bool Holds => Findings.All(finding => finding.Holds is not false);

    public bool HoldsApartFromSpeed => Findings.All(finding => finding.OfSpeed || finding.Holds is not false);

    /// <summary>What does not hold, before everything else that was seen.</summary>
    public string Why => $"{string.Join("; ", Findings.Where(f => !f.OfSpeed && f.Holds is false).Select(f => $"{f.What}: {f.Said}"))}. {string.Join(' ', Notes)}\n\n{Markdown()}";

    public string Markdown()
    {
        var text = new StringBuilder();
        text.Append($"## {Scenario}: {(Holds ? "holds" : "DOES NOT HOLD")}\n\n{Began:yyyy-MM-dd HH:mm} to {Ended:HH:mm} UTC\n\n| what | measured | limit | |\n|---|---|---|---|\n");
        foreach (var finding in Findings)
            text.Append($"| {finding.What} | {finding.Said} | {finding.Limit} | {finding.Holds switch { true => "holds", false => "**DOES NOT HOLD**", _ => "" }} |\n");
        foreach (var note in Notes) text.Append($"\n{note}\n");
        return text.ToString();
    }
}
