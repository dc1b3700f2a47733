using ChatRelay.Settings;

namespace ChatRelay.Operations.Backup;

/// <summary>How `backup` and `restore` treat the keys.</summary>
internal sealed record BackupOptions
{
    public const string PassphraseName = "CHATRELAY_BACKUP_PASSPHRASE";

    [Setting(PassphraseName, "Seals the key ring and the first operator's key into a backup, and opens them at a restore. Without it they are not in the backup, and `backup` says where they lie.", Form = "a text; 16 characters or more are wise", Hidden = true)]
    public Secret? Passphrase { get; init; }
}
