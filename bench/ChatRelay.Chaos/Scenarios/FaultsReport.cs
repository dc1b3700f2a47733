using System.Text.Json;
using ChatRelay.Chaos.Faults;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>What a run of faults has shown, from its files.</summary>
internal static class FaultsReport
{
    public static Comparison Compare(ScenarioRun run, IEnumerable<Ack>? acks = null, IEnumerable<Arrival>? arrivals = null) => Comparison.Of(
        acks ?? Journal.Read(run.File("acks.log")).Select(Ack.Read),
        arrivals ?? Journal.Read(run.File("arrivals.log")).Select(Arrival.Read),
        Journal.Read(run.File("rows.log")).Select(StoredRow.Read),
        [.. Journal.Read(run.File("calms.log")).Select(line => JsonSerializer.Deserialize<Calm>(line))],
        item => Operation.Of(run.Seed, item / Operation.MostItems, 1, 1).Delay > TimeSpan.Zero);

    public static ScenarioReport Of(string scenario, ScenarioRun run, DateTimeOffset began, LoadCounts counts, long left, ChaosWorld world, int faults, long acknowledgements)
    {
        var records = Journal.Read(run.File("faults.log")).Select(line => JsonSerializer.Deserialize<FaultRecord>(line)!).ToList();
        var compared = Compare(run);
        Finding[] findings =
        [
            new("faults carried out", records.Count, AtLeast: faults),
            new("notifications acknowledged, each on the client's disk before it counted", compared.Acknowledged, AtLeast: acknowledgements),
            Finding.None("acknowledged and lost", compared.Lost.Count),
            Finding.None("acknowledged and given up by the relay (failed, held, quarantined)", compared.GivenUp.Count),
            Finding.None("acknowledged and not `sent` in the tables", compared.NotSent.Count),
            Finding.None("still waiting when all was mended", left),
            Finding.None("repeats in times without a fault", compared.RepeatedInCalm.Count),
            new("repeats under faults", compared.Repeated.Count),
            Finding.None("arrivals without an attempt number of their own", compared.Unnumbered.Count),
            Finding.None("arrivals under another delivery id", compared.OtherId.Count),
            new("requests whose answer was lost at least once", counts.Unheard),
            new("… of which the key gave the first answer again: they had been committed", counts.Replayed),
            Finding.None("keys with two notifications, or another one than was answered", compared.KeyBroken.Count),
            Finding.None("stored or arrived and never acknowledged", compared.Unacknowledged.Count),
            Finding.None("answers that no fault excuses", counts.Wrong.Count),
            Finding.None("nodes that ended unasked", world.Nodes.Sum(node => node.Unasked.Count)),
            new("202 to the receiver: half within", compared.Waited.P50, "s"),
            new("… 99 of 100 within", compared.Waited.P99, "s"),
            new("… the longest", compared.Waited.Longest, "s"),
        ];
        return new(scenario, began, DateTimeOffset.UtcNow, findings)
        {
            Notes =
            [
                "| fault | times |\n|---|---|\n" + string.Join('\n', records.GroupBy(r => r.Kind).OrderByDescending(g => g.Count()).Select(g => $"| {g.Key} | {g.Count()} |")),
                "Answers: " + string.Join(", ", counts.Statuses.OrderBy(s => s.Key).Select(s => $"{(s.Key == 0 ? "none" : s.Key)} × {s.Value}")) + ".",
                .. compared.Reasons.Count == 0 ? Array.Empty<string>() : ["Before a repeat, the tables have: " + string.Join(", ", compared.Reasons.Select(r => $"{r.Key} × {r.Value}")) + "."],
                .. Samples("lost", compared.Lost), .. Samples("given up", compared.GivenUp), .. Samples("not sent", compared.NotSent), .. Samples("unnumbered", compared.Unnumbered),
                .. Samples("repeated in calm", compared.RepeatedInCalm), .. Samples("other id", compared.OtherId), .. Samples("key broken", compared.KeyBroken),
                .. Samples("unacknowledged", compared.Unacknowledged), .. counts.Wrong.Take(10).Select(wrong => $"wrong: `{wrong}`"),
            ],
        };
    }

    private static IEnumerable<string> Samples(string what, IReadOnlyList<long> items) =>
        items.Count == 0 ? [] : [$"{what}: {string.Join(", ", items.Take(20))}"];
}
