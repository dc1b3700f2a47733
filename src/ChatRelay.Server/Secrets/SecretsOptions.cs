using ChatRelay.Settings;

namespace ChatRelay.Secrets;

/// <summary>Where the key ring comes from.</summary>
internal sealed record SecretsOptions
{
    public const string KeyRingName = "CHATRELAY_KEYRING";

    [Setting(KeyRingName, "The key ring itself, where no file can be kept (docs/security.md). Without it `keyring.json` in the data folder is used, and made on first start.", Form = "the text of a `keyring.json`", Hidden = true)]
    public Secret? KeyRing { get; init; }
}
