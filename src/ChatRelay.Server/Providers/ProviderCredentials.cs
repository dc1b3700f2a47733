using System.Security.Cryptography;
using System.Text.Json;
using ChatRelay.Http.Json;

namespace ChatRelay.Providers;

/// <summary>Secrets of an account as they come in and as they are sealed; never on their way out.</summary>
internal abstract record ProviderCredentials
{
    private const int MostShown = 4;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, GetType(), RelayJson.Options);

    public static T Read<T>(ReadOnlySpan<byte> sealedText) where T : ProviderCredentials => JsonSerializer.Deserialize<T>(sealedText, RelayJson.Options)!;

    /// <summary>Each secret's name with its last characters: enough to tell which one it is, never a third of it.</summary>
    public IReadOnlyDictionary<string, string> Endings() => JsonSerializer.SerializeToElement(this, GetType(), RelayJson.Options).EnumerateObject()
        .Where(secret => secret.Value.ValueKind is JsonValueKind.String)
        .ToDictionary(secret => secret.Name, secret => EndingOf(secret.Value.GetString()!));

    public sealed override string ToString() => "***";

    private static string EndingOf(string secret)
    {
        if (PemEncoding.TryFind(secret, out var pem)) secret = secret[pem.Base64Data].TrimEnd(); // the last line of PEM is always the same
        return $"…{secret[^Math.Min(MostShown, secret.Length / 3)..]}";
    }
}

internal sealed record SmtpCredentials : ProviderCredentials, IRuled
{
    [Text(1, 255)]
    public string? Username { get; init; }

    [Text(1, 512)]
    public string? Password { get; init; }

    [Text(1, 16 * 1024, Lines = true), Note("An RSA key of 1024 to 4096 bits, as PEM.")]
    public string? DkimPrivateKey { get; init; }

    public void Check(Faults faults)
    {
        if (DkimPrivateKey is null) return;
        var (key, fault) = DkimKey.Read(DkimPrivateKey);
        key?.Dispose();
        if (fault is not null) faults.Add("dkim_private_key", FaultCodes.InvalidFormat, fault);
    }
}

/// <summary>What goes into a header has no room for anything but visible ASCII.</summary>
internal sealed record ApiKeyCredentials : ProviderCredentials
{
    [Pattern("[!-~]+", "visible ASCII characters"), MaxBytes(512)]
    public required string ApiKey { get; init; }
}

internal sealed record MailgunCredentials : ProviderCredentials
{
    [Pattern("[!-~]+", "visible ASCII characters"), MaxBytes(512)]
    public required string ApiKey { get; init; }

    [Pattern("[!-~]+", "visible ASCII characters"), MaxBytes(512), Note("The account's HTTP webhook signing key. For inbound events.")]
    public string? WebhookSigningKey { get; init; }
}

internal sealed record PostmarkCredentials : ProviderCredentials
{
    [Pattern("[!-~]+", "visible ASCII characters"), MaxBytes(512)]
    public required string ServerToken { get; init; }
}

internal sealed record SesCredentials : ProviderCredentials
{
    [Pattern("[A-Za-z0-9_]{16,128}", "an access key's id")]
    public required string AccessKeyId { get; init; }

    [Pattern("[!-~]+", "visible ASCII characters"), MaxBytes(512)]
    public required string SecretAccessKey { get; init; }

    [Pattern("[!-~]+", "visible ASCII characters"), MaxBytes(4096)]
    public string? SessionToken { get; init; }
}

internal sealed record NoCredentials : ProviderCredentials;
