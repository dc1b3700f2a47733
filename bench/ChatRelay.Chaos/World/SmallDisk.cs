using System.Diagnostics;

namespace ChatRelay.Chaos.World;

/// <summary>A loop mount of its own for the database's folder, which can be filled to the last byte. Root only.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string image;

    private SmallDisk(string image, string folder) => (this.image, Folder) = (image, folder);

    public string Folder { get; }

    public static string ImageIn(string folder) => Path.Combine(folder, "disk.img");

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>Null where mounting is not allowed.</summary>
    public static async Task<SmallDisk?> TryMountAsync(string image, string folder, long bytes)
    {
        if (!Environment.IsPrivilegedProcess) return null;
        Directory.CreateDirectory(folder);
        if (IsMounted(folder)) await RunAsync("umount", "--lazy", folder); // of a run that was killed
        if (!File.Exists(image))
        {
            await using (var file = File.Create(image)) file.SetLength(bytes); // sparse: it takes what is written
            if (!await RunAsync("mkfs.ext4", "-q", "-F", "-m", "0", image)) return Given(image);
        }
        if (!await RunAsync("mount", "-o", "loop", image, folder)) return Given(image);
        var disk = new SmallDisk(image, folder);
        disk.Free();
        return disk;
    }

    /// <summary>Nothing is left.</summary>
    public async Task FillAsync()
    {
        var free = new DriveInfo(Folder).AvailableFreeSpace;
        await RunAsync("fallocate", "--length", $"{Math.Max(4096, free)}", Ballast);
        await RunAsync("sh", "-c", "cat /dev/zero >\"$0\" 2>/dev/null", Ballast + ".rest"); // what fallocate left over
    }

    public void Free()
    {
        File.Delete(Ballast);
        File.Delete(Ballast + ".rest");
    }

    public async ValueTask DisposeAsync() => await RunAsync("umount", Folder);

    private static SmallDisk? Given(string image)
    {
        File.Delete(image);
        return null;
    }

    private static bool IsMounted(string folder) => File.ReadLines("/proc/mounts").Any(line => line.Split(' ')[1] == folder);

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
