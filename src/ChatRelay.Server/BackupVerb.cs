using ChatRelay.ApiKeys;
using ChatRelay.Operations.Backup;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;

namespace ChatRelay;

/// <summary>`backup FOLDER` and `restore FOLDER` on the command line. A backup is taken beside running nodes; a restore makes a database that has none.</summary>
internal sealed class BackupVerb(RelaySettings settings, TimeProvider clock)
{
    private const int Failed = 2;

    private readonly ServerOptions server = settings.Of<ServerOptions>();
    private readonly Secret? passphrase = settings.Of<BackupOptions>().Passphrase;
    private readonly KeyRingPlace place = new(settings.Of<ServerOptions>().DataFolder, settings.Of<SecretsOptions>().KeyRing);
    private readonly DatabaseAtHand database = new(settings, clock);

    public async Task<int> RunAsync(string verb, string folder)
    {
        using var stop = new StopSignal(clock);
        try
        {
            return verb == "backup" ? await BackupAsync(Path.GetFullPath(folder), stop.Token) : await RestoreAsync(Path.GetFullPath(folder), stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return Say(Failed, $"Stopped: the {verb} is not whole.");
        }
        catch (PostgresFailed failed)
        {
            return Say(Failed, failed.Message);
        }
        catch (Exception unusable) when (unusable is UnauthorizedAccessException or IOException)
        {
            return Say(Failed, unusable.Message);
        }
        catch (Exception lost) when (LostConnection.Is(lost) || lost is Npgsql.PostgresException)
        {
            return Say(Failed, $"The database is out of reach or refuses: {lost.Message}");
        }
    }

    private async Task<int> BackupAsync(string to, CancellationToken ct)
    {
        if (Path.Exists(to)) return Say(Failed, $"{to} exists: a backup is written to a folder of its own.");
        if (place.Read() is not RingFound.Here { Ring: var ring }) return Say(Failed, $"{place.Name} holds no key ring: a backup is taken with the ring of its database.");
        return await database.WithAsync("backup", mayMake: false, async (address, stop) =>
        {
            var backup = new TakeBackup(address, settings.Of<DatabaseOptions>(), await BinariesAsync(address, stop), ring, passphrase, server.DataFolder);
            var manifest = await backup.RunAsync(to, stop);
            System.Console.WriteLine($"{to}: {manifest.Rows.Values.Sum()} rows of {manifest.Rows.Count} tables, as they were at {manifest.TakenAt:u}");
            System.Console.WriteLine("It holds messages and addresses in the clear: keep it as you keep the database.");
            if (passphrase is null) Warn(ring, manifest);
            else System.Console.WriteLine($"The key ring and the operator's key are in it, sealed with {BackupOptions.PassphraseName}: keep that elsewhere.");
            return 0;
        }, ct);
    }

    private void Warn(KeyRing ring, BackupManifest manifest) => System.Console.Error.WriteLine($"""
        THE KEYS ARE NOT IN THIS BACKUP. Without the key ring no node starts on it, and no secret in it opens. Keep apart from it:
          {place.Name}  (key ring {ring.Fingerprint[..16]}, with key {manifest.RingKey})
          {Path.Combine(server.DataFolder, FirstOperatorKey.FileName)}
        or set {BackupOptions.PassphraseName}, and they are put into it, sealed.
        """);

    private async Task<int> RestoreAsync(string from, CancellationToken ct)
    {
        // 1. The backup itself, before anything is changed.
        if (await BackupManifest.ReadAsync(from, ct) is not { } manifest) return Say(Failed, $"{from} is no backup that this build reads.");
        if (await BackupManifest.HashOfDumpAsync(from, ct) != manifest.DumpSha256) return Say(Failed, $"{from} is damaged: {BackupManifest.DumpName} is not what was written.");
        if (settings.Of<DatabaseOptions>().Owner is null && Directory.Exists(PostgresFolders.Of(server.DataFolder).Cluster))
            return Say(Failed, $"{server.DataFolder} holds a database already: restore into another data folder (CHATRELAY_DATA).");

        // 2. Its key ring, in its place.
        var (ring, fault) = TakeRing(from, manifest);
        if (ring is null) return Say(Failed, fault!);

        // 3. The rows.
        return await database.WithAsync("restore", mayMake: true, async (address, stop) =>
        {
            var read = new ReadBackup(address, settings.Of<DatabaseOptions>(), await BinariesAsync(address, stop), ring);
            if (await read.RunAsync(from, manifest, stop) is { } refused) return Say(Failed, refused);
            System.Console.WriteLine($"""
                Restored: {manifest.Rows.Values.Sum()} rows of {manifest.Rows.Count} tables, as they were at {manifest.TakenAt:u}. The counts agree.
                The next start raises the generation (clients are told to begin anew) and sends nothing: GET /v1/ops/pause shows what would be sent, POST /v1/ops/resume lets go.
                """);
            return 0;
        }, ct);
    }

    private (KeyRing? Ring, string? Fault) TakeRing(string from, BackupManifest manifest)
    {
        var sealedKeys = Path.Combine(from, BackupManifest.KeysName);
        if (place.Read() is RingFound.Nothing && passphrase is not null && File.Exists(sealedKeys))
        {
            if (SealedKeys.Read(sealedKeys, passphrase) is not { } keys) return (null, $"{BackupOptions.PassphraseName} does not open {sealedKeys}.");
            Directory.CreateDirectory(server.DataFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (!KeyRingText.TryRead(System.Text.Encoding.UTF8.GetBytes(keys.Ring), out var opened, out var why)) return (null, $"The ring in {sealedKeys} {why}.");
            place.Write(opened);
            if (keys.OperatorKey is { } key) PrivateFile.Write(Path.Combine(server.DataFolder, FirstOperatorKey.FileName), System.Text.Encoding.ASCII.GetBytes(key));
        }
        return place.Read() switch
        {
            RingFound.Here { Ring: var ring } when ring.Fingerprint == manifest.KeyRing && ring.Find(manifest.RingKey) is not null => (ring, null),
            RingFound.Refused { Line: var line } => (null, line),
            _ => (null, $"This backup needs key ring {manifest.KeyRing[..16]} with key {manifest.RingKey}: put it at {place.Name}, or set {BackupOptions.PassphraseName} if it was sealed into the backup."),
        };
    }

    /// <summary>Programs of the server's version or a later one: an older pg_dump refuses.</summary>
    private async Task<PostgresBinaries> BinariesAsync(PostgresAddress address, CancellationToken ct)
    {
        await using var owner = new Npgsql.NpgsqlConnection(address.ConnectionString);
        await owner.OpenAsync(ct);
        return PostgresBinaries.FindClients(settings.Of<PostgresOptions>(), owner.PostgreSqlVersion.Major);
    }

    private static int Say(int code, string line)
    {
        System.Console.Error.WriteLine(line);
        return code;
    }
}
