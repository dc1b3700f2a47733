using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>
/// Room for so many bytes at once, given in the order in which it was asked for. A tenant has half of it at most, so that one whose servers hang leaves
/// the others theirs; one that is larger than that half goes when nothing else of its tenant's does, and one that is larger than the room goes alone.
/// </summary>
internal sealed class ByteRoom(long size)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(Hold Hold, TaskCompletionSource<Hold> Given)> _line = [];
    private readonly Dictionary<TenantId, long> _tenants = [];
    private readonly long _size = size, _most = size / 2;
    private long _free = size;

    /// <summary>Back when there is room.</summary>
    public Task<Hold> TakeAsync(TenantId tenant, long bytes)
    {
        lock (_gate)
        {
            var given = new TaskCompletionSource<Hold>(TaskCreationOptions.RunContinuationsAsynchronously);
            _line.AddLast((new Hold(this, tenant, Math.Min(bytes, _size)), given));
            GiveLocked();
            return given.Task;
        }
    }

    // The first in line is never overtaken for want of room, only while its own tenant has as much as it may.
    private void GiveLocked()
    {
        for (var place = _line.First; place is not null;)
        {
            var ((hold, given), next) = (place.Value, place.Next);
            if (MayHaveLocked(hold))
            {
                if (hold.Bytes > _free) return;
                _line.Remove(place);
                MoveLocked(hold.Tenant, hold.Bytes);
                given.SetResult(hold);
            }
            place = next;
        }
    }

    private bool MayHaveLocked(Hold hold) => !_tenants.TryGetValue(hold.Tenant, out var has) || has + hold.Bytes <= _most;

    private void MoveLocked(TenantId tenant, long bytes)
    {
        _free -= bytes;
        if ((_tenants[tenant] = _tenants.GetValueOrDefault(tenant) + bytes) == 0) _tenants.Remove(tenant);
    }

    /// <summary>A part of the room, until it is let go.</summary>
    public sealed class Hold(ByteRoom room, TenantId tenant, long bytes) : IDisposable
    {
        public TenantId Tenant => tenant;
        public long Bytes { get; private set; } = bytes;

        /// <summary>From now on it needs no more than this.</summary>
        public void Lower(long to)
        {
            lock (room._gate)
            {
                if (to >= Bytes) return;
                room.MoveLocked(tenant, to - Bytes);
                Bytes = to;
                room.GiveLocked();
            }
        }

        public void Dispose() => Lower(0);
    }
}
