using System.IO.Pipelines;

namespace ChatRelay.Realtime;

/// <summary>What a frame is worth when its reader is slow.</summary>
internal enum FrameClass
{
    /// <summary>Typing and presence: the next one says the same.</summary>
    Signal,

    /// <summary>Read marks.</summary>
    Mark,

    /// <summary>Numbered: never dropped alone, since the log has it: the whole room is detached instead.</summary>
    Numbered,

    /// <summary>Answers and what the relay itself says.</summary>
    Answer,
}

/// <summary>What became of a frame that was offered.</summary>
internal enum Offered { Taken, Dropped, Detach, Full, Closed }

/// <summary>
/// What one connection has not taken yet. Frames are shared, never copied before they are written; who finds nobody writing writes, who comes
/// while a write runs leaves it to that one. A reader that stops costs what waits here, and nothing and nobody else.
/// </summary>
internal sealed class Outbox(FrameSink sink, OutboxBudget budget, int most, TimeProvider clock)
{
    /// <summary>One write: more would be copied into the pipe beyond what its reader has asked for.</summary>
    private const int OneWrite = 32 * 1024;

    private readonly Lock gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> pending = new(2);
    private long waiting;
    private bool writing, closing, gone;
    private long stalledSince;
    private TaskCompletionSource? drained;

    /// <summary>Bytes that wait.</summary>
    public long Waiting => Volatile.Read(ref waiting);

    /// <summary>Since when a write has made no progress; null while none stands still.</summary>
    public long? StalledSince => Volatile.Read(ref stalledSince) is > 0 and var since ? since : null;

    /// <summary>Nothing is written yet: Flush does that, once for all that was offered in a pass.</summary>
    public Offered Offer(ReadOnlyMemory<byte> frame, FrameClass worth)
    {
        lock (gate)
        {
            if (gone || closing) return Offered.Closed;
            var full = waiting + frame.Length;
            switch (worth)
            {
                case FrameClass.Signal when full > most / 4: return Offered.Dropped;
                case FrameClass.Mark when full > most / 2: return Offered.Dropped;
                case FrameClass.Numbered when full > most / 4 * 3 && waiting > 0: return Offered.Detach;
                case FrameClass.Answer when waiting > most: return Offered.Full;
            }
            Add(frame);
            return Offered.Taken;
        }
    }

    /// <summary>The last words; what waits goes first, or is dropped for a reader that does not take it.</summary>
    public void OfferLast(ReadOnlyMemory<byte> frames, bool dropWaiting)
    {
        lock (gate)
        {
            if (gone || closing) return;
            if (dropWaiting) Drop();
            Add(frames);
            closing = true;
        }
        Flush();
    }

    /// <summary>Writes what waits, unless somebody is at it.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (writing || gone || pending.Count == 0) return;
            writing = true;
        }
        Write();
    }

    /// <summary>Comes back when little enough waits for a replay to go on; false: nothing can be sent any more.</summary>
    public async Task<bool> HasRoomAsync(CancellationToken ct)
    {
        Task wait;
        lock (gate)
        {
            if (gone || closing) return false;
            if (waiting <= most / 4) return true;
            drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            wait = drained.Task;
        }
        await wait.WaitAsync(ct);
        lock (gate) return !gone && !closing;
    }

    /// <summary>The connection has ended: whatever waits is nobody's any more.</summary>
    public void End()
    {
        lock (gate)
        {
            gone = true;
            Drop();
        }
    }

    private void Add(ReadOnlyMemory<byte> frame)
    {
        pending.Enqueue(frame);
        waiting += frame.Length;
        budget.Add(frame.Length);
    }

    private void Drop()
    {
        pending.Clear();
        Took(waiting);
    }

    private void Took(long bytes)
    {
        waiting -= bytes;
        budget.Add(-bytes);
        if (drained is null || (waiting > most / 4 && !gone)) return;
        drained.TrySetResult();
        drained = null;
    }

    // Called by whoever has set `writing`. A pipe that has room takes a write at once: then nobody waits and no task is made.
    private void Write()
    {
        while (Put())
        {
            var flush = sink.FlushAsync();
            if (!flush.IsCompletedSuccessfully)
            {
                Volatile.Write(ref stalledSince, Math.Max(1, clock.GetTimestamp()));
                _ = GoOnAsync(flush);
                return;
            }
            if (flush.Result.IsCompleted) End();
        }
    }

    private async Task GoOnAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            if ((await flush).IsCompleted) End();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
        {
            End(); // the other side is gone
        }
        Volatile.Write(ref stalledSince, 0);
        Write();
    }

    /// <summary>Puts the next frames into the pipe; false, and no longer writing, when there are none.</summary>
    private bool Put()
    {
        lock (gate)
        {
            if (gone || pending.Count == 0)
            {
                writing = false;
                return false;
            }
            long bytes = 0;
            do
            {
                var frame = pending.Dequeue();
                sink.Write(frame.Span);
                bytes += frame.Length;
            }
            while (pending.TryPeek(out var next) && bytes + next.Length <= OneWrite);
            Took(bytes);
            return true;
        }
    }
}

/// <summary>What waits on a node for all connections together.</summary>
internal sealed class OutboxBudget(RealtimeOptions options)
{
    private long waiting;

    public long Waiting => Interlocked.Read(ref waiting);
    public bool Over => Waiting > options.MostWaitingOfAll;

    public void Add(long bytes) => Interlocked.Add(ref waiting, bytes);
}
