using ChatRelay.Protocol;

namespace ChatRelay.Storage;

/// <summary>
/// Walks tables that are partitioned by day, newest first: two days, then eight, then all that may be kept. The bounds are written into the
/// statement, so that the planner opens only the partitions of one window.
/// </summary>
internal sealed class DayWindows(DateTimeOffset now, Guid? after, Guid? before)
{
    private static readonly int[] Days = [2, 8, 32, 128, 400];

    /// <summary>Reads windows until there is enough, or the reader has ended. It gets two bounds (from, to) and how many rows are still wanted.</summary>
    public async Task<List<T>> ReadAsync<T>(int wanted, Func<Guid, Guid, int, Task<List<T>>> read, Func<bool>? ended = null)
    {
        var rows = new List<T>();
        foreach (var (from, to) in before is { } newer ? Forwards(newer) : Backwards())
        {
            rows.AddRange(await read(from, to, wanted - rows.Count));
            if (rows.Count >= wanted || ended?.Invoke() is true) break;
        }
        return rows;
    }

    private IEnumerable<(Guid From, Guid To)> Backwards()
    {
        var newest = FirstIdOf(now.AddDays(2));
        var to = after is { } id && id.CompareTo(newest) < 0 ? id : newest; // the position itself is not on the page
        var start = RelayId.TimeOf(to) < now ? RelayId.TimeOf(to) : now;
        foreach (var days in Days)
        {
            var from = FirstIdOf(start.AddDays(-days));
            if (from.CompareTo(to) < 0) yield return (from, to);
            to = from.CompareTo(to) < 0 ? from : to;
        }
    }

    private IEnumerable<(Guid From, Guid To)> Forwards(Guid newer)
    {
        var from = Next(newer);
        foreach (var days in Days)
        {
            var to = FirstIdOf(RelayId.TimeOf(newer).AddDays(days));
            yield return (from, to);
            if (RelayId.TimeOf(to) > now.AddDays(2)) yield break;
            from = to;
        }
    }

    /// <summary>The least id of the day in which a moment lies.</summary>
    public static Guid FirstIdOf(DateTimeOffset at) => IdAt(new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero));

    /// <summary>The least id of a moment.</summary>
    public static Guid IdAt(DateTimeOffset at)
    {
        var ms = Math.Max(0, at.ToUnixTimeMilliseconds()); // before 1970 there is no id
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        for (var i = 5; i >= 0; i--, ms >>= 8) bytes[i] = (byte)ms;
        return new Guid(bytes, bigEndian: true);
    }

    private static Guid Next(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        for (var i = 15; i >= 0 && ++bytes[i] == 0; i--) { }
        return new Guid(bytes, bigEndian: true);
    }
}
