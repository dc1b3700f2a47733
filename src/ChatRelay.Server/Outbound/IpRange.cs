using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ChatRelay.Outbound;

/// <summary>
/// A range of addresses, compared bit for bit and family by family. Not System.Net.IPNetwork: that of .NET 10.0.12 compares an
/// IPv4-mapped address by its last four bytes, and so finds ::ffff:10.35.224.87 inside 2000::/3.
/// </summary>
internal readonly record struct IpRange(AddressFamily Family, UInt128 First, int Prefix) : IParsable<IpRange>
{
    public int Bits => BitsOf(Family);

    public bool Contains(IPAddress address) =>
        address.AddressFamily == Family && (Family == AddressFamily.InterNetwork || address.ScopeId == 0) && (Number(address) & Mask(Prefix, Bits)) == First;

    /// <summary>`10.0.0.0/8`: no bit set behind the prefix, and IPv4 in its one unmistakable form (010.0.0.0 is octal to some).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out IpRange range)
    {
        range = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (text is null || slash < 0 || text.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(text.AsSpan(0, slash), out var address)) return false;
        if (address.AddressFamily == AddressFamily.InterNetwork && !text.AsSpan(0, slash).SequenceEqual(address.ToString())) return false;
        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) || prefix > BitsOf(address.AddressFamily)) return false;
        range = new(address.AddressFamily, Number(address), prefix);
        return (range.First & ~Mask(prefix, range.Bits)) == 0;
    }

    public static IpRange Parse(string s, IFormatProvider? provider = null) => TryParse(s, provider, out var range) ? range : throw new FormatException($"{s} is not a range");

    public IPAddress Address(UInt128 offset)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, First | (offset & ~Mask(Prefix, Bits)));
        return new(bytes[(16 - (Bits / 8))..]);
    }

    public override string ToString() => $"{Address(0)}/{Prefix}";

    private static UInt128 Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes[(16 - (BitsOf(address.AddressFamily) / 8))..], out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    // The bits above an IPv4 address are zero on both sides, so they may be compared with the rest.
    private static UInt128 Mask(int prefix, int bits) => prefix == 0 ? 0 : UInt128.MaxValue << (bits - prefix);

    private static int BitsOf(AddressFamily family) => family == AddressFamily.InterNetwork ? 32 : 128;
}
