using System.Diagnostics;

namespace ChatRelay.EndToEnd.Up;

/// <summary>Waits for the end of a process that is not a child of ours.</summary>
internal static class Gone
{
    public static async Task WithinAsync(int pid, TimeSpan patience)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            using var limit = new CancellationTokenSource(patience);
            await process.WaitForExitAsync(limit.Token);
        }
        catch (ArgumentException)
        {
            // Gone already.
        }
    }
}
