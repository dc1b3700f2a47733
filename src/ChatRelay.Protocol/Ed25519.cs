using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ChatRelay.Protocol;

/// <summary>RFC 8032 over the OpenSSL that .NET itself stands on: the framework has no Ed25519 of its own.</summary>
public static partial class Ed25519
{
    public const int SeedLength = 32, PublicLength = 32, SignatureLength = 64;
    private const string Crypto = "libcrypto.so.3";
    private const int KeyType = 1087; // NID_ED25519

    public static byte[] PublicKeyOf(ReadOnlySpan<byte> seed)
    {
        using var key = PrivateKey(seed);
        var bytes = new byte[PublicLength];
        var length = (nuint)bytes.Length;
        Check(GetRawPublicKey(key, bytes, ref length) == 1);
        return bytes;
    }

    public static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message)
    {
        using var key = PrivateKey(seed);
        using var context = NewContext();
        var signature = new byte[SignatureLength];
        var length = (nuint)signature.Length;
        Check(!context.IsInvalid && SignInit(context, 0, 0, 0, key) == 1 && Sign(context, signature, ref length, message, (nuint)message.Length) == 1);
        return signature;
    }

    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength || publicKey.Length != PublicLength) return false;
        using var key = NewPublicKey(KeyType, 0, publicKey, (nuint)publicKey.Length);
        using var context = NewContext();
        if (key.IsInvalid) return false;
        Check(!context.IsInvalid && VerifyInit(context, 0, 0, 0, key) == 1);
        return Verify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1;
    }

    private static KeyHandle PrivateKey(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedLength) throw new ArgumentException($"A seed has {SeedLength} bytes.", nameof(seed));
        var key = NewPrivateKey(KeyType, 0, seed, (nuint)seed.Length);
        Check(!key.IsInvalid);
        return key;
    }

    private static void Check(bool done)
    {
        if (!done) throw new CryptographicException("OpenSSL refused an Ed25519 operation.");
    }

    internal sealed class KeyHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;
        protected override bool ReleaseHandle() { FreeKey(handle); return true; }
    }

    internal sealed class ContextHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;
        protected override bool ReleaseHandle() { FreeContext(handle); return true; }
    }

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_new_raw_private_key")]
    private static partial KeyHandle NewPrivateKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    private static partial KeyHandle NewPublicKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    private static partial int GetRawPublicKey(KeyHandle key, Span<byte> bytes, ref nuint length);

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_free")]
    private static partial void FreeKey(nint key);

    [LibraryImport(Crypto, EntryPoint = "EVP_MD_CTX_new")]
    private static partial ContextHandle NewContext();

    [LibraryImport(Crypto, EntryPoint = "EVP_MD_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Crypto, EntryPoint = "EVP_DigestSignInit")]
    private static partial int SignInit(ContextHandle context, nint keyContext, nint digest, nint engine, KeyHandle key);

    [LibraryImport(Crypto, EntryPoint = "EVP_DigestSign")]
    private static partial int Sign(ContextHandle context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> message, nuint length);

    [LibraryImport(Crypto, EntryPoint = "EVP_DigestVerifyInit")]
    private static partial int VerifyInit(ContextHandle context, nint keyContext, nint digest, nint engine, KeyHandle key);

    [LibraryImport(Crypto, EntryPoint = "EVP_DigestVerify")]
    private static partial int Verify(ContextHandle context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> message, nuint length);
}
