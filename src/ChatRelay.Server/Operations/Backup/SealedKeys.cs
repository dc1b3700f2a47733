using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;

namespace ChatRelay.Operations.Backup;

/// <summary>The key ring and the first operator's key under a passphrase: what makes a backup whole, and dangerous when it is open.</summary>
internal sealed record SealedKeys(string Ring, string? OperatorKey)
{
    private const int Iterations = 600_000, SaltLength = 16;
    private static readonly byte[] Bound = "chatrelay backup keys 1"u8.ToArray();

    public void Write(string path, Secret passphrase, Chance chance)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(this);
        var sealedKeys = new byte[SaltLength + SecretKey.BoxOverhead + plain.Length];
        chance.Fill(sealedKeys.AsSpan(0, SaltLength));
        KeyOf(passphrase, sealedKeys.AsSpan(0, SaltLength)).Seal(plain, Bound, sealedKeys.AsSpan(SaltLength), chance);
        PrivateFile.Write(path, sealedKeys);
    }

    /// <summary>Null when the passphrase is another, or the file was changed.</summary>
    public static SealedKeys? Read(string path, Secret passphrase)
    {
        var sealedKeys = File.ReadAllBytes(path);
        if (sealedKeys.Length < SaltLength + SecretKey.BoxOverhead) return null;
        var plain = new byte[sealedKeys.Length - SaltLength - SecretKey.BoxOverhead];
        return KeyOf(passphrase, sealedKeys.AsSpan(0, SaltLength)).TryOpen(sealedKeys.AsSpan(SaltLength), Bound, plain)
            ? JsonSerializer.Deserialize<SealedKeys>(plain)
            : null;
    }

    public override string ToString() => "***";

    private static SecretKey KeyOf(Secret passphrase, ReadOnlySpan<byte> salt) =>
        new(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase.Reveal()), salt, Iterations, HashAlgorithmName.SHA256, SecretKey.Length));
}
