using ChatRelay.Storage;

namespace ChatRelay.Chaos.World;

/// <summary>Chance for the n-th thing of a stream: the same for the same seed, whatever happened before it, so that a run can go on anywhere.</summary>
internal static class SeededChance
{
    public static Chance Of(long seed, string stream, long number)
    {
        var mixed = Mix((ulong)seed);
        foreach (var letter in stream) mixed = Mix(mixed ^ letter);
        return Chance.Seeded((int)Mix(mixed ^ (ulong)number));
    }

    public static TimeSpan Between(this Chance chance, double least, double most) => TimeSpan.FromSeconds(least + ((most - least) * chance.NextDouble()));

    // SplitMix64's finisher.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
