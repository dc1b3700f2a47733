using System.Diagnostics;

namespace ChatRelay.EndToEnd.Up;

/// <summary>Waits for the end of a process that is not a child of ours; how long that takes is the machine's affair.</summary>
internal static class Gone
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task Async(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            using var limit = new CancellationTokenSource(Patience);
            await process.WaitForExitAsync(limit.Token);
        }
        catch (ArgumentException)
        {
            // Gone already.
        }
    }
}
