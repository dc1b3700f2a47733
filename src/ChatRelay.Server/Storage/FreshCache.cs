using System.Collections.Concurrent;

namespace ChatRelay.Storage;

/// <summary>
/// Rows that nearly every request needs. An entry is believed for four seconds, so that a change made on another node holds here within five;
/// from its third second on the next reader has it read again in the background, so that a warm key costs no read on its way.
/// Those who miss the same row at the same time wait for one read of it.
/// </summary>
internal sealed class FreshCache<TKey, TValue>(TimeProvider clock, Func<TKey, CancellationToken, Task<TValue?>> read, int capacity = 100_000)
    where TKey : notnull where TValue : class
{
    private static readonly TimeSpan Believed = FreshCache.Believed;
    private static readonly TimeSpan Renewed = TimeSpan.FromSeconds(2);

    /// <summary>A read that takes longer is left to those who wait for it: who comes later has one of their own.</summary>
    private static readonly TimeSpan Joined = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TKey, Entry> entries = new();
    private readonly ConcurrentDictionary<TKey, Reading> readings = new();

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
    public void Forget(TKey key)
    {
        readings.TryRemove(key, out _); // what is being read may be older than the change
        entries.TryRemove(key, out _);
    }

    public void ForgetWhere(Func<TValue, bool> matches)
    {
        readings.Clear(); // nobody knows yet whether they match
        foreach (var (key, entry) in entries)
        {
            if (matches(entry.Value)) entries.TryRemove(key, out _);
        }
    }

    private async ValueTask<TValue?> ReadAsync(TKey key, CancellationToken ct)
    {
        var mine = new Reading(clock.GetTimestamp());
        var reading = readings.AddOrUpdate(key, mine, (_, other) => clock.GetElapsedTime(other.Asked) > Joined ? mine : other);
        if (!ReferenceEquals(reading, mine)) return await reading.Value.WaitAsync(ct) ?? await read(key, ct); // it may have come to be since then
        _ = ReadAsync(key, mine);
        return await mine.Value.WaitAsync(ct);
    }

    private async Task ReadAsync(TKey key, Reading mine)
    {
        try
        {
            var value = await read(key, CancellationToken.None); // others wait for it too
            Keep(key, mine, value);
            mine.Tell(value);
        }
        catch (Exception e)
        {
            readings.TryRemove(new(key, mine));
            mine.Fail(e);
        }
    }

    /// <summary>Unless it was forgotten meanwhile, or another read has taken its place. It stands there before that is looked at for the last time: who forgets between the two finds it.</summary>
    private void Keep(TKey key, Reading mine, TValue? value)
    {
        if (!readings.TryGetValue(key, out var last) || last != mine) return;
        if (value is null)
        {
            if (readings.TryRemove(new(key, mine))) entries.TryRemove(key, out _);
            return;
        }
        if (entries.Count >= capacity) DropOld();
        var entry = entries[key] = new Entry(value, mine.Asked);
        if (!readings.TryRemove(new(key, mine))) entries.TryRemove(new(key, entry));
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

    /// <summary>A read that is under way. Its age is that of what it will find: a change during it makes the entry older, never younger.</summary>
    private sealed class Reading(long asked)
    {
        private readonly TaskCompletionSource<TValue?> value = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Asked => asked;
        public Task<TValue?> Value => value.Task;
        public void Tell(TValue? found) => value.SetResult(found);

        public void Fail(Exception why)
        {
            value.SetException(why);
            _ = value.Task.Exception; // nobody may be waiting any more
        }
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
