using System.Security.Cryptography;
using System.Text;
using ChatRelay.Storage;

namespace ChatRelay.Secrets;

/// <summary>A numbered key of the ring. It wraps data keys and nothing else.</summary>
internal sealed record RingKey(int Number, SecretKey Key);

/// <summary>
/// What stands above the database: a root that never changes (database passwords and cursor keys are derived from it)
/// and the numbered keys under which data keys are wrapped.
/// </summary>
internal sealed class KeyRing(SecretKey root, IEnumerable<RingKey> keys)
{
    private readonly SortedList<int, RingKey> keys = new(keys.ToDictionary(key => key.Number));

    /// <summary>Names the ring and gives nothing of it away: it may stand in the database and in messages.</summary>
    public string Fingerprint { get; } =
        Convert.ToHexStringLower(SHA256.HashData([.. "chatrelay key ring\n"u8, .. root.Bytes]));

    public IReadOnlyList<int> Numbers => [.. keys.Keys];

    public RingKey Newest => keys.GetValueAtIndex(keys.Count - 1);

    public SecretKey Root => root;

    public static KeyRing Make(Chance chance) => new(SecretKey.Make(chance), [new RingKey(1, SecretKey.Make(chance))]);

    /// <summary>The old keys stay: a restored backup still needs them.</summary>
    public KeyRing WithNewKey(Chance chance) =>
        new(root, [.. keys.Values, new RingKey(Newest.Number + 1, SecretKey.Make(chance))]);

    public RingKey? Find(int number) => keys.GetValueOrDefault(number);

    /// <summary>A secret of its own for each purpose: one that leaks says nothing about another, nor about the root.</summary>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, root.Bytes.ToArray(), SecretKey.Length, info: Encoding.UTF8.GetBytes($"chatrelay {purpose}"));

    /// <summary>The password of a database role that the relay makes itself.</summary>
    public string PasswordOf(string role) => Convert.ToHexStringLower(Derive($"password of {role}"));

    public override string ToString() => $"key ring {Fingerprint[..16]}";
}
