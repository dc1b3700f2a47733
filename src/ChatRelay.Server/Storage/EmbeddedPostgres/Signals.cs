using System.Runtime.InteropServices;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>The signals that we send; .NET itself can only kill.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2; // fast shutdown: sessions end, a checkpoint, a clean stop
    public const int Quit = 3; // at once; the next start recovers
    public const int Kill = 9;
    public const int Terminate = 15; // smart shutdown: nobody new, and the end when the last session has gone
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int pid, int signal) => _ = SendSignal(pid, signal); // gone already is as good

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
