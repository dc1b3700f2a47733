using System.Security.Cryptography;
using System.Text.Json;
using ChatRelay.Http.Json;

namespace ChatRelay.Operations.Backup;

/// <summary>What a backup says about itself: whose it is, what it needs, and how many rows each table had at its moment.</summary>
internal sealed record BackupManifest
{
    public const string FileName = "backup.json", DumpName = "database.dump", KeysName = "keys.sealed";
    public const int ThisFormat = 1;

    public required int Format { get; init; }
    public required DateTimeOffset TakenAt { get; init; }
    public required string Version { get; init; }
    public required int Schema { get; init; }
    public required string Postgres { get; init; }

    /// <summary>The ring that opens its secrets, and the newest key of it that is in use.</summary>
    public required string KeyRing { get; init; }
    public required int RingKey { get; init; }

    /// <summary>The roles that its policies name: they have to be there.</summary>
    public required string Owner { get; init; }
    public required string Engine { get; init; }
    public required string Request { get; init; }
    public required string DumpSha256 { get; init; }
    public required IReadOnlyDictionary<string, long> Rows { get; init; }

    public Task WriteAsync(string folder, CancellationToken ct) =>
        File.WriteAllBytesAsync(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Form), ct);

    /// <summary>Null when there is none, or none that this build reads.</summary>
    public static async Task<BackupManifest?> ReadAsync(string folder, CancellationToken ct)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            var read = JsonSerializer.Deserialize<BackupManifest>(await File.ReadAllBytesAsync(path, ct), Form);
            return read?.Format == ThisFormat ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static async Task<string> HashOfDumpAsync(string folder, CancellationToken ct)
    {
        await using var dump = File.OpenRead(Path.Combine(folder, DumpName));
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(dump, ct));
    }

    private static readonly JsonSerializerOptions Form = new(RelayJson.Options) { WriteIndented = true };
}
