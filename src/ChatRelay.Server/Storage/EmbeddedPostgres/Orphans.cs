using System.Security.Cryptography;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>Processes of this cluster that an earlier run left behind. Called under the folder's lock: whatever lives is not wanted.</summary>
internal sealed class Orphans(PostgresFolders folders, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Fresh each time: whoever stands in a folder that shows this text stands in ours, through links and mounts, and not in a copy of it.
    private readonly string _mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private string MarkFile => Path.Combine(folders.Cluster, "chatrelay.mark");
    private string PidFile => Path.Combine(folders.Cluster, "postmaster.pid");

    public async Task EndAsync(CancellationToken ct)
    {
        await File.WriteAllTextAsync(MarkFile, _mark, ct);

        // A server that lost its postmaster ends by itself; one that has it is asked, told, and then killed: recovery mends either.
        foreach (var signal in new[] { Signals.Interrupt, Signals.Quit, Signals.Kill })
        {
            foreach (var pid in Living()) Signals.Send(pid, signal);
            var since = clock.GetTimestamp();
            while (Living().Count > 0 && clock.GetElapsedTime(since) < Patience) await Task.Delay(TimeSpan.FromMilliseconds(20), clock, ct);
        }
        if (Living().Count > 0) throw new PostgresFailed($"Processes of an earlier PostgreSQL in {folders.Cluster} do not end: {string.Join(", ", Living())}");

        // Nothing of ours lives, so these are stale. PostgreSQL would believe them if their number now belonged to another process of the same user.
        File.Delete(PidFile);
        if (Directory.Exists(folders.Socket))
            foreach (var left in Directory.GetFileSystemEntries(folders.Socket)) File.Delete(left);
    }

    // Every process of a cluster stands in its folder; the mark is read through /proc, where another mount namespace does not matter.
    private List<int> Living()
    {
        var living = new List<int>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(process), out var pid) && IsOurs(process)) living.Add(pid);
        return living;
    }

    private bool IsOurs(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "comm")).Trim() == "postgres"
                && File.Exists(Path.Combine(process, "cwd/chatrelay.mark"))
                && File.ReadAllText(Path.Combine(process, "cwd/chatrelay.mark")) == _mark;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
