namespace ChatRelay.Tests.Simulation;

/// <summary>An answer of the database, or none: the statement may have been committed all the same.</summary>
internal readonly record struct Reply<T>(bool Lost, T Value);

/// <summary>The way to the database and back: it takes time, and either half may be lost.</summary>
internal sealed class Wire(World world)
{
    private const double LossyShare = 0.15, HalfOpenShare = 0.15;
    private int _restarts, _sameInstant;
    private TimeSpan _instant;

    public bool Up { get; private set; } = true;
    public bool Slow { get; set; }
    public bool Lossy { get; set; }
    public bool Deaf { get; set; }

    public bool IsWell => Up && !Slow && !Lossy;

    public void Restart(TimeSpan away)
    {
        (Up, _restarts) = (false, _restarts + 1);
        world.Time.In(away, () => Up = true);
    }

    public void Send<T>(Process process, Func<T> statement, TaskCompletionSource<Reply<T>> answer, TimeSpan patience)
    {
        var (number, machine) = (Number(process), process.Machine);
        world.Time.In(Delay(process, Roll.Request, number), () =>
        {
            if (!Up || machine.Cut || Loses(Roll.LostRequest, number))
            {
                Fail(process, answer, number, patience);
                return;
            }
            var (value, restarts) = (statement(), _restarts);
            world.Time.In(Delay(process, Roll.Answer, number), () =>
            {
                if (restarts != _restarts || machine.Cut || Loses(Roll.LostAnswer, number)) Fail(process, answer, number, patience);
                else process.Post(() => answer.SetResult(new(false, value)));
            });
        });
    }

    // Most broken connections are noticed at once; a half-open one when the command has waited long enough.
    private void Fail<T>(Process process, TaskCompletionSource<Reply<T>> answer, long number, TimeSpan patience)
    {
        var silence = world.Dice.Of(Roll.Silence, number) < HalfOpenShare ? patience : TimeSpan.FromMilliseconds(1);
        process.HangsUntil(world.Time.Now + silence);
        world.Time.In(silence, () => process.Post(() => answer.SetResult(new(true, default!))));
    }

    // By the instant and not by the count: what happens elsewhere does not change what happens here.
    private long Number(Process process)
    {
        (_sameInstant, _instant) = (_instant == world.Time.Now ? _sameInstant + 1 : 0, world.Time.Now);
        return (world.Time.Now.Ticks << 8) + (process.Machine.Number * 64) + _sameInstant;
    }

    private bool Loses(Roll roll, long number) => Lossy && world.Dice.Of(roll, number) < LossyShare;

    private TimeSpan Delay(Process process, Roll roll, long number)
    {
        var delay = TimeSpan.FromMilliseconds((0.2 + world.Dice.Of(roll, number)) * (Slow ? 1500 : 2));
        if (Slow) process.HangsUntil(world.Time.Now + delay);
        return delay;
    }

    /// <summary>One NOTIFY: every node hears it a moment later, or nobody does.</summary>
    public void Notify(Process from)
    {
        if (!Up || Deaf || from.Machine.Cut) return;
        world.Time.In(TimeSpan.FromMilliseconds(2), () =>
        {
            if (!Up || Deaf) return;
            foreach (var machine in world.Machines)
                if (machine is { Running: { } process, Cut: false }) process.Post(process.Wake.Here);
        });
    }
}
