using System.Collections.Concurrent;

namespace ChatRelay.Chaos.Load;

/// <summary>What the clients of a run have been told so far.</summary>
internal sealed class LoadCounts
{
    private long acknowledged, unheard, replayed;

    public long Acknowledged => Interlocked.Read(ref acknowledged);

    /// <summary>Requests whose answer was lost at least once.</summary>
    public long Unheard => Interlocked.Read(ref unheard);

    /// <summary>Of those, the ones that turned out to have been committed already: the key gave the first answer again.</summary>
    public long Replayed => Interlocked.Read(ref replayed);

    /// <summary>How often each status was answered; 0: none came.</summary>
    public ConcurrentDictionary<int, long> Statuses { get; } = new();

    /// <summary>Answers that no fault excuses, with their bodies.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    public void Answered(int status) => Statuses.AddOrUpdate(status, 1, (_, n) => n + 1);

    public void Acked(int items, bool wasUnheard, bool wasReplayed)
    {
        Interlocked.Add(ref acknowledged, items);
        if (wasUnheard) Interlocked.Increment(ref unheard);
        if (wasReplayed) Interlocked.Increment(ref replayed);
    }

    /// <summary>What an earlier part of the same run had counted.</summary>
    public void Before(IEnumerable<Ack> acks)
    {
        foreach (var request in acks.GroupBy(ack => ack.Item / Operation.MostItems))
            Acked(request.Count(), request.First().Unheard > 0, request.First().Replayed);
    }
}
