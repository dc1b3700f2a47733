using System.Security.Cryptography;
using System.Text;
using ChatRelay.Http.Json;

namespace ChatRelay.Messages;

/// <summary>Which reaction: a key of the tenant's own, or bytes that only the members can read.</summary>
internal sealed record MarkInput(string? Key, SealedInput? Encrypted)
{
    public void Check(Faults faults)
    {
        if (Key is null == Encrypted is null) faults.Add(Key is null ? "key" : "encrypted", Key is null ? FaultCodes.Missing : FaultCodes.NotAllowed, "Either key or encrypted.");
    }

    /// <summary>As it stands in the log: an emoji as it came and not as an escape. A key has no control characters.</summary>
    public string Payload => Encrypted?.ToText() ?? $$"""{"key":"{{Key!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}"}""";

    /// <summary>What makes it the same reaction again. Of ciphertext only a digest is kept: the bytes stand in their entry and nowhere else.</summary>
    public string Mark => Key is not null ? $"={Key}" : $"#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Payload)))}";
}
