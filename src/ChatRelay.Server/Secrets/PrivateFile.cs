using System.Runtime.InteropServices;

namespace ChatRelay.Secrets;

/// <summary>A file that only its owner may read (0600), written whole or not at all, and lasting once the call is back.</summary>
internal static partial class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static bool IsPrivate(string path) => (File.GetUnixFileMode(path) & ~(OwnerOnly | UnixFileMode.UserExecute)) == 0;

    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var full = Path.GetFullPath(path);
        var next = $"{full}.new";
        File.Delete(next); // left by a writer that was killed
        using (var file = new FileStream(next, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        File.Move(next, full, overwrite: true);
        FlushFolder(Path.GetDirectoryName(full)!);
    }

    // Without this a power cut may keep the database that names the ring and lose the ring.
    private static void FlushFolder(string folder)
    {
        const int ReadOnlyCloseOnExec = 0x80000;
        var handle = Open(folder, ReadOnlyCloseOnExec);
        if (handle < 0) return; // some file systems do not let a folder be opened; they need no flush either
        _ = Fsync(handle);
        _ = Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
