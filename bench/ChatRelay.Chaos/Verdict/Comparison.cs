using ChatRelay.Chaos.Load;

namespace ChatRelay.Chaos.Verdict;

/// <summary>A time without faults.</summary>
internal readonly record struct Calm(DateTimeOffset From, DateTimeOffset To)
{
    public bool Holds(DateTimeOffset at) => at >= From && at <= To;
}

/// <summary>What was acknowledged, beside what arrived and what the tables say, row by row. A pure function of the run's three files.</summary>
internal sealed record Comparison
{
    public required long Acknowledged { get; init; }
    public required long Arrivals { get; init; }

    /// <summary>Acknowledged, and no receiver ever took it.</summary>
    public required IReadOnlyList<long> Lost { get; init; }

    /// <summary>Lost to the receiver, but not silently: its delivery says failed, held or quarantined.</summary>
    public required IReadOnlyList<long> GivenUp { get; init; }

    /// <summary>Taken more than once.</summary>
    public required IReadOnlyList<long> Repeated { get; init; }

    /// <summary>Taken more than once although nothing was wrong.</summary>
    public required IReadOnlyList<long> RepeatedInCalm { get; init; }

    /// <summary>Came more often than there are attempts, so that two of them bore one number; or their numbers have a gap.</summary>
    public required IReadOnlyList<long> Unnumbered { get; init; }

    /// <summary>Came under two delivery ids, or under another than the answer and the tables name.</summary>
    public required IReadOnlyList<long> OtherId { get; init; }

    /// <summary>One idempotency key, two notifications; or another one than the client was told.</summary>
    public required IReadOnlyList<long> KeyBroken { get; init; }

    /// <summary>Acknowledged, and the tables say anything but sent.</summary>
    public required IReadOnlyList<long> NotSent { get; init; }

    /// <summary>Arrived or stored, and no client ever got its answer. Not a loss; the clients insist, so there should be none.</summary>
    public required IReadOnlyList<long> Unacknowledged { get; init; }

    /// <summary>Repeats by what the attempt before ended with.</summary>
    public required IReadOnlyDictionary<string, long> Reasons { get; init; }

    /// <summary>From the 202 to the first time it was taken, in seconds: median, 99th of a hundred, longest. Scheduled ones left out.</summary>
    public required (double P50, double P99, double Longest) Waited { get; init; }

    public bool Holds => Lost.Count + RepeatedInCalm.Count + Unnumbered.Count + OtherId.Count + KeyBroken.Count + NotSent.Count + Unacknowledged.Count == 0;

    public static Comparison Of(IEnumerable<Ack> acks, IEnumerable<Arrival> arrivals, IEnumerable<StoredRow> rows, IReadOnlyList<Calm> calms, Func<long, bool> scheduled)
    {
        var acknowledged = new Dictionary<long, Ack>();
        var (broken, told) = (new SortedSet<long>(), 0L);
        foreach (var ack in acks)
        {
            told++;
            if (acknowledged.TryGetValue(ack.Item, out var first) && first.Notification != ack.Notification) broken.Add(ack.Item);
            acknowledged[ack.Item] = ack;
        }
        var stored = new Dictionary<long, StoredRow>();
        foreach (var row in rows)
            if (!stored.TryAdd(row.Item, row)) broken.Add(row.Item);
        var came = new Dictionary<long, List<Arrival>>();
        long all = 0;
        foreach (var arrival in arrivals)
        {
            all++;
            if (!came.TryGetValue(arrival.Item, out var list)) came[arrival.Item] = list = [];
            list.Add(arrival);
        }

        var (lost, givenUp, notSent, otherId, repeated, inCalm, unnumbered) = (new List<long>(), new List<long>(), new List<long>(), new SortedSet<long>(), new List<long>(), new List<long>(), new List<long>());
        var (reasons, waits) = (new SortedDictionary<string, long>(), new List<double>());
        foreach (var (item, ack) in acknowledged)
        {
            var row = stored.GetValueOrDefault(item);
            var here = came.GetValueOrDefault(item) ?? [];
            if (row is null || row.Notification != ack.Notification) broken.Add(item);
            if (row is not { Status: "sent" }) notSent.Add(item);
            if (!here.Exists(a => a.Taken)) (row is { Status: "failed" or "held" or "quarantined" } ? givenUp : lost).Add(item);
            else if (!scheduled(item)) waits.Add(Math.Max(0, (here.First(a => a.Taken).At - ack.At).TotalSeconds));
            if (here.Select(a => a.Delivery).Append(ack.Delivery ?? row?.Delivery).Append(row?.Delivery).Where(id => id is not null).Distinct().Count() > 1) otherId.Add(item);
            if (row is { Numbered: false } || here.Count > (row?.Outcomes.Count ?? 0)) unnumbered.Add(item);
            if (here.Count(a => a.Taken) <= 1) continue;
            repeated.Add(item);
            foreach (var outcome in row?.Outcomes.SkipLast(1) ?? []) reasons[outcome] = reasons.GetValueOrDefault(outcome) + 1;
            if (calms.Any(calm => calm.Holds(ack.At) && here.TrueForAll(a => calm.Holds(a.At)))) inCalm.Add(item);
        }
        waits.Sort();
        return new()
        {
            Acknowledged = acknowledged.Count,
            Arrivals = all,
            Lost = lost,
            GivenUp = givenUp,
            Repeated = repeated,
            RepeatedInCalm = inCalm,
            Unnumbered = unnumbered,
            OtherId = [.. otherId],
            KeyBroken = [.. broken],
            NotSent = notSent,
            Unacknowledged = [.. stored.Keys.Concat(came.Keys).Distinct().Where(item => !acknowledged.ContainsKey(item))],
            Reasons = reasons,
            Waited = waits.Count == 0 ? default : (At(waits, 0.5), At(waits, 0.99), waits[^1]),
        };
    }

    private static double At(List<double> sorted, double share) => sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * share)];
}
