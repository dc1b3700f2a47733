using System.Collections.Concurrent;

namespace ChatRelay.Storage;

/// <summary>
/// Rows that nearly every request needs. An entry is believed for four seconds, so that a change made on another node holds here within five;
/// from its third second on the next reader has it read again in the background, so that a warm key costs no read on its way.
/// </summary>
internal sealed class FreshCache<TKey, TValue>(TimeProvider clock, Func<TKey, CancellationToken, Task<TValue?>> read, int capacity = 100_000)
    where TKey : notnull where TValue : class
{
    private static readonly TimeSpan Believed = FreshCache.Believed;
    private static readonly TimeSpan Renewed = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<TKey, Entry> entries = new();

    /// <summary>Null if there is no such row; absence is never kept.</summary>
    public ValueTask<TValue?> GetAsync(TKey key, CancellationToken ct)
    {
        if (!entries.TryGetValue(key, out var entry)) return ReadAsync(key, ct);
        var age = clock.GetElapsedTime(entry.ReadAt);
        if (age >= Believed) return ReadAsync(key, ct);
        if (age >= Renewed && entry.StartRenewal()) _ = RenewAsync(key, entry);
        return ValueTask.FromResult<TValue?>(entry.Value);
    }

    /// <summary>After a change made here: the next reader sees it.</summary>
    public void Forget(TKey key) => entries.TryRemove(key, out _);

    public void ForgetWhere(Func<TValue, bool> matches)
    {
        foreach (var (key, entry) in entries)
        {
            if (matches(entry.Value)) entries.TryRemove(key, out _);
        }
    }

    private async ValueTask<TValue?> ReadAsync(TKey key, CancellationToken ct)
    {
        var asked = clock.GetTimestamp(); // before the read: a change during it makes the entry older, never younger
        var value = await read(key, ct);
        if (value is null)
        {
            Forget(key);
            return null;
        }
        if (entries.Count >= capacity) DropOld();
        entries[key] = new Entry(value, asked);
        return value;
    }

    /// <summary>A failed renewal is no fault: the entry ends by its age, and the reader who then waits is told.</summary>
    private async Task RenewAsync(TKey key, Entry entry)
    {
        try
        {
            var asked = clock.GetTimestamp();
            var value = await read(key, CancellationToken.None); // nobody waits for it
            if (value is null) entries.TryRemove(new(key, entry));
            else entries.TryUpdate(key, new Entry(value, asked), entry); // not if it was forgotten meanwhile
        }
        catch (Exception e) when (LostConnection.IsBehind(e))
        {
            entry.EndRenewal();
        }
    }

    private void DropOld()
    {
        foreach (var (key, entry) in entries)
        {
            if (clock.GetElapsedTime(entry.ReadAt) >= Believed) entries.TryRemove(new(key, entry));
        }
        if (entries.Count >= capacity) entries.Clear(); // all of it warm: start again rather than grow
    }

    private sealed class Entry(TValue value, long readAt)
    {
        private int renewing;

        public TValue Value => value;
        public long ReadAt => readAt;

        public bool StartRenewal() => Interlocked.Exchange(ref renewing, 1) == 0;
        public void EndRenewal() => Interlocked.Exchange(ref renewing, 0);
    }
}

internal static class FreshCache
{
    /// <summary>How old what a node believes may be: a change made anywhere holds here within five seconds.</summary>
    public static readonly TimeSpan Believed = TimeSpan.FromSeconds(4);
}
