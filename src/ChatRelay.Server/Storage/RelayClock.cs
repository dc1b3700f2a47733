namespace ChatRelay.Storage;

/// <summary>The database's clock, kept between heartbeats by the machine's monotonic one: a node whose wall clock is wrong does nothing wrong.</summary>
internal sealed class RelayClock : TimeProvider
{
    private readonly TimeProvider machine;
    private readonly Lock gate = new();
    private long followed = long.MinValue; // when the answer that it goes by was asked for
    private long offset; // ticks to add to the monotonic time

    public RelayClock(TimeProvider machine)
    {
        this.machine = machine;
        offset = machine.GetUtcNow().UtcTicks - Monotonic(); // until the first heartbeat
    }

    public override long TimestampFrequency => machine.TimestampFrequency;
    public override long GetTimestamp() => machine.GetTimestamp();
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    public override DateTimeOffset GetUtcNow() => new(Monotonic() + Interlocked.Read(ref offset), TimeSpan.Zero);

    /// <summary>The database said this time, in the answer to what was asked then. An answer that was overtaken by a later one counts for nothing.</summary>
    public void Follow(DateTimeOffset database, long asked)
    {
        lock (gate)
        {
            if (asked < followed) return;
            followed = asked;
            Interlocked.Exchange(ref offset, database.UtcTicks + (GetElapsedTime(asked).Ticks / 2) - Monotonic());
        }
    }

    private long Monotonic() => (long)(machine.GetTimestamp() * (TimeSpan.TicksPerSecond / (double)machine.TimestampFrequency));
}
