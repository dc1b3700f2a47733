using System.Text;
using ChatRelay.Settings;

namespace ChatRelay.Secrets;

/// <summary>What stands at the ring's place.</summary>
internal abstract record RingFound
{
    private RingFound()
    {
    }

    public sealed record Here(KeyRing Ring) : RingFound;

    public sealed record Nothing : RingFound;

    /// <summary>One line for the operator; it names the place and holds nothing of the ring.</summary>
    public sealed record Refused(string Line) : RingFound;
}

/// <summary>Where a node has its ring from: CHATRELAY_KEYRING if that is set, else keyring.json in the data folder.</summary>
internal sealed class KeyRingPlace(string dataFolder, Secret? environment)
{
    private readonly string path = Path.Combine(dataFolder, "keyring.json");

    public bool CanWrite => environment is null;

    public string Name => CanWrite ? path : SecretsOptions.KeyRingName;

    public RingFound Read()
    {
        if (!CanWrite) return Parse(Encoding.UTF8.GetBytes(environment!.Reveal()));
        if (!File.Exists(path)) return new RingFound.Nothing();
        if (!PrivateFile.IsPrivate(path))
            return new RingFound.Refused($"{path} can be read by others than its owner: chmod 600 {path}");
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new RingFound.Refused($"{path} cannot be read: {e.Message}");
        }
    }

    public void Write(KeyRing ring)
    {
        if (!CanWrite) throw new InvalidOperationException($"{SecretsOptions.KeyRingName} is not ours to change");
        PrivateFile.Write(path, KeyRingText.Write(ring));
    }

    private RingFound Parse(ReadOnlySpan<byte> text) => KeyRingText.TryRead(text, out var ring, out var fault)
        ? new RingFound.Here(ring)
        : new RingFound.Refused($"{Name} {fault}");
}
