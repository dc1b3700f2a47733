namespace ChatRelay.Tests.Simulation;

/// <summary>Chance that hangs on what is asked and not on the order of asking: a plan with an item less keeps the rest of its world.</summary>
internal readonly struct Dice(int seed)
{
    /// <summary>From 0 up to, not including, 1.</summary>
    public double Of(Roll what, long a, long b = 0)
    {
        var bits = Mix(Mix(Mix((ulong)seed ^ ((ulong)what << 40)) ^ (ulong)a) ^ (ulong)b);
        return (bits >> 11) / (double)(1UL << 53);
    }

    public int Below(int max, Roll what, long a, long b = 0) => (int)(Of(what, a, b) * max);

    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}

/// <summary>What is rolled for.</summary>
internal enum Roll { Request, Answer, LostRequest, LostAnswer, Silence, Signal, Journey, Decision, Client }
