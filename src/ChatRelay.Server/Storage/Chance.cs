using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ChatRelay.Storage;

/// <summary>The passed-in source of randomness: secure in production, seeded where a run must repeat.</summary>
internal abstract class Chance
{
    public static Chance Secure { get; } = new FromSystem();

    public static Chance Seeded(int seed) => new FromSeed(seed);

    /// <summary>From 0 up to, not including, 1.</summary>
    public abstract double NextDouble();

    /// <summary>From 0 up to, not including, <paramref name="max"/>.</summary>
    public abstract long Next(long max);

    public abstract void Fill(Span<byte> bytes);

    private sealed class FromSystem : Chance
    {
        private const int MantissaBits = 53;

        public override double NextDouble() => (double)(NextBits() >> (64 - MantissaBits)) / (1UL << MantissaBits);

        public override long Next(long max)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
            // The last, incomplete block is thrown away: a plain modulo would favour small numbers.
            var limit = ulong.MaxValue - (ulong.MaxValue % (ulong)max);
            ulong bits;
            do bits = NextBits(); while (bits >= limit);
            return (long)(bits % (ulong)max);
        }

        public override void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

        // Fetched ahead: asking the kernel for each number costs more than what is decided by it.
        [ThreadStatic]
        private static ulong[]? ahead;

        [ThreadStatic]
        private static int left;

        private static ulong NextBits()
        {
            ahead ??= new ulong[64];
            if (left == 0)
            {
                RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(ahead.AsSpan()));
                left = ahead.Length;
            }
            return ahead[--left];
        }
    }

    private sealed class FromSeed(int seed) : Chance
    {
        private readonly Random random = new(seed);
        private readonly Lock gate = new(); // Random loses its state when threads share it

        public override double NextDouble()
        {
            lock (gate) return random.NextDouble();
        }

        public override long Next(long max)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
            lock (gate) return random.NextInt64(max);
        }

        public override void Fill(Span<byte> bytes)
        {
            lock (gate) random.NextBytes(bytes);
        }
    }
}
