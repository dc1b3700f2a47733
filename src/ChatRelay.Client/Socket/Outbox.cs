using System.Text.Json.Nodes;

namespace ChatRelay.Client;

/// <summary>What the relay said of a message: its number is the durable acknowledgement.</summary>
public sealed record MessageSent(RelayPosition Position, string Id, bool Duplicate);

/// <summary>What waits to be acknowledged, in the order in which it was written, and no more than so much.</summary>
internal sealed class Outbox(int limit)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Entry> waiting = [];
    private bool closed;

    /// <summary>A message, and who waits for it.</summary>
    public sealed record Entry(string ClientId, JsonObject Members)
    {
        private readonly TaskCompletionSource<RelayResult<MessageSent>> told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<RelayResult<MessageSent>> Told => told.Task;

        public void Tell(RelayResult<MessageSent> what) => told.TrySetResult(what);
    }

    public IReadOnlyList<string> Waiting
    {
        get { lock (gate) return [.. waiting.Select(e => e.ClientId)]; }
    }

    public RelayFailure? Add(Entry entry)
    {
        lock (gate)
        {
            if (closed) return new RelayFailure.Closed();
            if (waiting.Count >= limit) return new RelayFailure.OutboxFull(limit);
            waiting.AddLast(entry);
            return null;
        }
    }

    public Entry? First
    {
        get { lock (gate) return waiting.First?.Value; }
    }

    public void Remove(Entry entry)
    {
        lock (gate) waiting.Remove(entry);
    }

    public void Close()
    {
        lock (gate)
        {
            closed = true;
            foreach (var entry in waiting) entry.Tell(new(new RelayFailure.Closed()));
            waiting.Clear();
        }
    }
}
