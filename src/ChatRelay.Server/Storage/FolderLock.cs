using System.Globalization;

namespace ChatRelay.Storage;

/// <summary>One server at a time on a data folder. The kernel lets go of the lock when the process dies, however it dies.</summary>
internal sealed class FolderLock : IDisposable
{
    private const int WouldBlock = 11; // EAGAIN: somebody else has it; any other failure is not an answer to our question

    // As root, the system user of the private PostgreSQL may have to walk through it. What is secret in it has a mode of its own.
    private static readonly UnixFileMode NewFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | (Environment.IsPrivilegedProcess ? UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : UnixFileMode.None);

    private readonly FileStream _held;
    private readonly string _holder;

    private FolderLock(FileStream held, string holder) => (_held, _holder) = (held, holder);

    /// <summary>Null when another process holds the folder; then <paramref name="holder"/> says which. Nothing is changed in that case.</summary>
    public static FolderLock? TryTake(string folder, string who, out string holder)
    {
        Directory.CreateDirectory(folder, NewFolder);
        var holderFile = Path.Combine(folder, "server.running");
        try
        {
            // FileShare.None is an exclusive flock here.
            var held = new FileStream(Path.Combine(folder, "server.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            holder = string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId}, {who}");
            File.WriteAllText(holderFile, holder);
            return new FolderLock(held, holderFile);
        }
        catch (IOException taken) when (taken.HResult == WouldBlock)
        {
            holder = File.Exists(holderFile) ? File.ReadAllText(holderFile) : "another process";
            return null;
        }
    }

    public void Dispose()
    {
        File.Delete(_holder);
        _held.Dispose();
    }
}
