namespace ChatRelay.Bench.Load;

/// <summary>What a PostgreSQL on this machine has used: its postmaster, its sessions, and those that have ended.</summary>
internal static class PostgresCpu
{
    private const double TicksPerSecond = 100; // what Linux shows to programs, whatever its own clock does

    /// <summary>Of the session with this number; 0 if it is on another machine.</summary>
    public static int PostmasterOf(int session) => Stat(session) is { } stat ? int.Parse(stat[1]) : 0;

    public static TimeSpan Of(int postmaster)
    {
        if (Stat(postmaster) is not { } own) return TimeSpan.Zero;
        var ticks = Sum(own, 11, 12, 13, 14);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var pid) && Stat(pid) is { } stat && stat[1] == $"{postmaster}") ticks += Sum(stat, 11, 12);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    private static long Sum(string[] stat, params int[] fields) => fields.Sum(field => long.Parse(stat[field]));

    // From the state on: what stands before it has a name that may hold anything.
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text.StartsWith($"{pid} (postgres)", StringComparison.Ordinal) ? text[(text.LastIndexOf(')') + 2)..].Split(' ') : null;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
