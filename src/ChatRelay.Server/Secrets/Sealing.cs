using System.Buffers.Binary;
using ChatRelay.Storage;

namespace ChatRelay.Secrets;

/// <summary>The form of a sealed value: format, data key's version, nonce, tag, ciphertext; bound to its cell.</summary>
internal static class Sealing
{
    private const byte Format = 1;
    private const int HeaderLength = 1 + sizeof(int);

    public static byte[] Seal(DataKey key, SealedCell cell, ReadOnlySpan<byte> plain, Chance chance)
    {
        var blob = new byte[HeaderLength + SecretKey.BoxOverhead + plain.Length];
        var header = blob.AsSpan(0, HeaderLength);
        header[0] = Format;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], key.Version);
        key.Key.Seal(plain, cell.Bind(header), blob.AsSpan(HeaderLength), chance);
        return blob;
    }

    /// <summary>The version of the data key that a value needs, or null when it is no sealed value. SQL reads it in the same way.</summary>
    public static int? VersionOf(ReadOnlySpan<byte> blob) =>
        blob.Length >= HeaderLength + SecretKey.BoxOverhead && blob[0] == Format
            ? BinaryPrimitives.ReadInt32BigEndian(blob[1..])
            : null;

    public static Opened Open(DataKey key, SealedCell cell, ReadOnlySpan<byte> blob)
    {
        if (VersionOf(blob) is not { } version) return new Opened.Closed(SealFault.Malformed);
        if (version != key.Version) return new Opened.Closed(SealFault.DataKeyMissing);
        var plain = new byte[blob.Length - HeaderLength - SecretKey.BoxOverhead];
        return key.Key.TryOpen(blob[HeaderLength..], cell.Bind(blob[..HeaderLength]), plain)
            ? new Opened.Plain(plain)
            : new Opened.Closed(SealFault.Damaged);
    }
}
