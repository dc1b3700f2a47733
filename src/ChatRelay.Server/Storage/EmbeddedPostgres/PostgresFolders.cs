using System.Security.Cryptography;
using System.Text;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>Where the parts of a private PostgreSQL lie: data and password in the data folder, socket and mount point under a short path.</summary>
internal sealed record PostgresFolders(string Data, string Run)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // The kernel refuses a socket path of more than 107 bytes; a data folder may be longer than that.
    public static PostgresFolders Of(string dataFolder)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataFolder)))[..12];
        return new PostgresFolders(dataFolder, Path.Combine(RunRoot(), "chatrelay-" + name));
    }

    public string Cluster => Path.Combine(Data, "postgres");
    public string NewCluster => Path.Combine(Data, "postgres.new");
    public string Password => Path.Combine(Data, "postgres.password");
    public string StartLog => Path.Combine(Data, "postgres.start.log");
    public string Socket => Path.Combine(Run, "socket");

    /// <summary>Its name among the processes of this machine.</summary>
    public string Name => Path.GetFileName(Run);

    public void Make()
    {
        Directory.CreateDirectory(Data, OwnerOnly); // one that exists keeps its mode: it may hold other things
        if (Environment.IsPrivilegedProcess) return; // the launcher makes the others, with their owners
        Private(Run);
        Private(Socket);
    }

    /// <summary>After the stop. Never recursive: should the data be bound here, it is not to be walked into.</summary>
    public void RemoveRun()
    {
        foreach (var folder in new[] { Socket, Path.Combine(Run, "data"), Run })
            if (Directory.Exists(folder) && Directory.GetFileSystemEntries(folder).Length == 0) Directory.Delete(folder);
    }

    private static string RunRoot() => Environment.IsPrivilegedProcess ? "/run"
        : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 and < 60 } own && Directory.Exists(own) ? own
        : "/tmp";

    private static void Private(string folder)
    {
        try
        {
            // In /tmp somebody else may have been first: a folder that is not ours does not let us set its mode.
            if (new DirectoryInfo(folder).LinkTarget is not null && folder.StartsWith("/tmp/", StringComparison.Ordinal)) throw new PostgresFailed($"{folder} is a link, which is not safe.");
            Directory.CreateDirectory(folder, OwnerOnly);
            File.SetUnixFileMode(folder, OwnerOnly);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PostgresFailed($"The folder {folder} cannot be made or is not ours: {fault.Message}");
        }
    }
}
