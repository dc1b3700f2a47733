using ChatRelay.Storage;

namespace ChatRelay.Realtime;

/// <summary>
/// Where hellos wait until they may ask the database: a few at a time, so that requests keep their connections to it; tenants by turns, so that one whose
/// clients all come back at once holds up nobody else's; and none for longer than its client would wait.
/// </summary>
internal sealed class HelloLine(RelayClock clock)
{
    public const int AtOnce = 12, MostOfTenant = 500, Most = 4_000;
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Queue<TaskCompletionSource<bool>>> lines = [];
    private readonly Queue<Guid> tenants = new(); // those in a line, in the order of their turns
    private int inHand, waiting;

    /// <summary>No sense in letting anybody in who would then wait here.</summary>
    public bool IsFull => Volatile.Read(ref waiting) >= Most;

    /// <summary>A turn, to be given back; null: too many of this tenant wait already, or it did not come in time.</summary>
    public async ValueTask<Turn?> TakeAsync(Guid tenant, CancellationToken ct)
    {
        TaskCompletionSource<bool> place;
        lock (gate)
        {
            if (inHand < AtOnce)
            {
                inHand++;
                return new(this);
            }
            if (!lines.TryGetValue(tenant, out var line))
            {
                lines[tenant] = line = new();
                tenants.Enqueue(tenant);
            }
            if (line.Count >= MostOfTenant) return null;
            line.Enqueue(place = new(TaskCreationOptions.RunContinuationsAsynchronously));
            waiting++;
        }
        using var late = new CancellationTokenSource(Longest, clock);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        using var leaves = gone.Token.Register(() => place.TrySetResult(false));
        return await place.Task ? new(this) : null;
    }

    private void GiveBack()
    {
        lock (gate)
        {
            while (tenants.TryDequeue(out var tenant))
            {
                var line = lines[tenant];
                var place = line.Dequeue();
                waiting--;
                if (line.Count > 0) tenants.Enqueue(tenant);
                else lines.Remove(tenant);
                if (place.TrySetResult(true)) return; // it goes on from hand to hand
            }
            inHand--;
        }
    }

    internal sealed class Turn(HelloLine line) : IDisposable
    {
        public void Dispose() => line.GiveBack();
    }
}
