using System.Runtime.InteropServices;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>The signals that PostgreSQL understands; .NET itself can only kill.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2; // fast shutdown: sessions end, a checkpoint, a clean stop
    public const int Quit = 3; // at once; the next start recovers
    public const int Kill = 9;

    public static void Send(int pid, int signal) => _ = SendSignal(pid, signal); // gone already is as good

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
