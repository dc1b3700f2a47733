using System.Text;
using ChatRelay.Storage;

namespace ChatRelay.Secrets;

/// <summary>One version of a tenant's key. It seals values, and is itself stored wrapped by a key of the ring.</summary>
internal sealed record DataKey(Guid Tenant, int Version, SecretKey Key)
{
    public const int WrappedLength = SecretKey.BoxOverhead + SecretKey.Length;

    /// <summary>The installation's own key (what belongs to operators) stands under this tenant.</summary>
    public static readonly Guid Installation = Guid.Empty;

    public static DataKey Make(Guid tenant, int version, Chance chance) => new(tenant, version, SecretKey.Make(chance));

    public byte[] Wrap(RingKey ring, Chance chance)
    {
        var wrapped = new byte[WrappedLength];
        ring.Key.Seal(Key.Bytes, Bound(Tenant, Version, ring.Number), wrapped, chance);
        return wrapped;
    }

    /// <summary>Null when the bytes were changed, belong to another tenant or version, or were wrapped by another key.</summary>
    public static DataKey? Unwrap(Guid tenant, int version, ReadOnlySpan<byte> wrapped, RingKey ring)
    {
        Span<byte> key = stackalloc byte[SecretKey.Length];
        return ring.Key.TryOpen(wrapped, Bound(tenant, version, ring.Number), key)
            ? new DataKey(tenant, version, new SecretKey(key))
            : null;
    }

    private static byte[] Bound(Guid tenant, int version, int ring) =>
        Encoding.UTF8.GetBytes($"chatrelay data key {tenant:D} {version} {ring}");
}
