using System.Security.Cryptography;
using ChatRelay.Storage;

namespace ChatRelay.Secrets;

/// <summary>An AES-256 key in memory. It seals and opens boxes (nonce, tag, ciphertext) and never shows itself.</summary>
internal sealed class SecretKey(ReadOnlySpan<byte> bytes)
{
    public const int Length = 32;
    public const int BoxOverhead = NonceLength + TagLength;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly byte[] key = bytes.Length == Length
        ? bytes.ToArray()
        : throw new ArgumentException("not 32 bytes", nameof(bytes));

    public ReadOnlySpan<byte> Bytes => key;

    public static SecretKey Make(Chance chance)
    {
        Span<byte> bytes = stackalloc byte[Length];
        chance.Fill(bytes);
        var key = new SecretKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    public void Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound, Span<byte> box, Chance chance)
    {
        chance.Fill(box[..NonceLength]);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(box[..NonceLength], plain, box[BoxOverhead..], box[NonceLength..BoxOverhead], bound);
    }

    /// <summary>False when a bit of the box or of what it is bound to has changed, or the key is another.</summary>
    public bool TryOpen(ReadOnlySpan<byte> box, ReadOnlySpan<byte> bound, Span<byte> plain)
    {
        if (box.Length != BoxOverhead + plain.Length) return false;
        using var aes = new AesGcm(key, TagLength);
        try
        {
            aes.Decrypt(box[..NonceLength], box[BoxOverhead..], box[NonceLength..BoxOverhead], plain, bound);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false; // the framework has no other way to say it
        }
    }

    public override string ToString() => "***";
}
