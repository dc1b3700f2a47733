using System.Runtime.InteropServices;

namespace ChatRelay.TestKit.Load;

/// <summary>The kernel's readiness list, called directly: a load client on the machine it measures must cost little.</summary>
internal sealed partial class Epoll : IDisposable
{
    private const int Add = 1, Remove = 2;
    private const uint Readable = 1;
    private readonly int handle = Create(0);
    private readonly Event[] ready = new Event[256];

    public void Watch(nint socket, int tag)
    {
        var asked = new Event { Events = Readable, Tag = tag };
        if (Control(handle, Add, (int)socket, ref asked) != 0) throw new IOException($"epoll_ctl: {Marshal.GetLastPInvokeError()}");
    }

    public void Forget(nint socket)
    {
        var nothing = default(Event);
        if (Control(handle, Remove, (int)socket, ref nothing) != 0) throw new IOException($"epoll_ctl: {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>The tags of what can be read now, waiting at most so long for the first.</summary>
    public ReadOnlySpan<Event> Wait(int milliseconds) => ready.AsSpan(0, Math.Max(0, Wait(handle, ready, ready.Length, milliseconds)));

    public void Dispose() => _ = Close(handle);

    // Packed on x64 only; elsewhere it has its natural layout. The bench runs on x64.
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct Event
    {
        public uint Events;
        public long Tag;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int socket, ref Event asked);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, [Out] Event[] events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
