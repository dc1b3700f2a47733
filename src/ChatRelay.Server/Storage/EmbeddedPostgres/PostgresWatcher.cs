using System.Diagnostics;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>
/// A shell that blocks on our pipe. Should we be killed, the pipe ends, and it stops PostgreSQL.
/// (The kernel's parent-death signal would not do: it fires when the thread that forked ends.)
/// </summary>
internal static class PostgresWatcher
{
    // The start time tells our server from a process that got its number later.
    private const string Script = """
        pid=$1; started() { cut -d' ' -f22 "/proc/$pid/stat" 2>/dev/null; }
        when=$(started)
        trap '' HUP INT TERM
        read -r line
        for signal in INT QUIT KILL; do
            [ "$(started)" = "$when" ] && [ -n "$when" ] && kill -s $signal "$pid" || exit 0
            i=0; while [ $i -lt 100 ] && [ "$(started)" = "$when" ]; do sleep 0.1; i=$((i + 1)); done
        done
        """;

    public static Process Watch(int pid)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", Script, "chatrelay-watcher", $"{pid}"]) { RedirectStandardInput = true };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        return Process.Start(start)!;
    }
}
