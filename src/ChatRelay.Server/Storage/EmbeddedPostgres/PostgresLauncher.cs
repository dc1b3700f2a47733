using System.Diagnostics;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>Starts PostgreSQL's programs: in a session of their own, with a bare environment, and never as root.</summary>
internal sealed class PostgresLauncher(PostgresFolders folders, PostgresOptions options)
{
    // Ctrl-C reaches every process of the terminal's session: without setsid it would stop the database before the server has drained.
    private const string Plain = """
        set -eu; cluster=$1 log=$2; shift 2
        cd "$cluster"; if [ -n "$log" ]; then exec >"$log" 2>&1; fi
        exec "$@"
        """;

    // As root: a system user may not be allowed to walk to the data folder, so the folder is bound to a short path that it can reach,
    // in a mount namespace that ends with the process. (A user namespace would not do: its server is uid 0 outside.) A container may forbid
    // mounting: there the user has to be able to reach the folder.
    private const string AsRoot = """
        set -eu; cluster=$1 log=$2 run=$3 user=$4 bind=$5; shift 5
        group=$(id -gn "$user")
        install -d -m 0711 "$run"; install -d -m 0700 "$run/data"; install -d -o "$user" -g "$group" -m 0700 "$run/socket"
        chown "$user:$group" "$cluster"
        if [ "$bind" = True ]; then mount --bind "$cluster" "$run/data"; cd "$run/data"; else cd "$cluster"; fi
        if [ -n "$log" ]; then exec >"$log" 2>&1; fi
        exec setpriv --reuid "$user" --regid "$group" --init-groups --no-new-privs -- "$@"
        """;

    private static readonly string[] Own = ["unshare", "--mount", "--propagation", "private", "--"];

    private static readonly Lazy<bool> MayMount = new(() =>
    {
        using var tried = Process.Start(new ProcessStartInfo(Own[0], [.. Own[1..], "true"]) { RedirectStandardError = true })!;
        tried.WaitForExit();
        return tried.ExitCode == 0;
    });

    private static bool Binds => Environment.IsPrivilegedProcess && MayMount.Value;

    /// <summary>The path of the cluster as PostgreSQL itself sees it.</summary>
    public string Inside(string cluster) => Binds ? Path.Combine(folders.Run, "data") : cluster;

    public Process Start(string cluster, string? log, params IEnumerable<string> command)
    {
        IEnumerable<string> wrapped = Environment.IsPrivilegedProcess
            ? [.. Binds ? Own : [], "sh", "-c", AsRoot, "sh", cluster, log ?? "", folders.Run, options.User, $"{Binds}", .. command]
            : ["sh", "-c", Plain, "sh", cluster, log ?? "", .. command];
        var start = new ProcessStartInfo("setsid", wrapped) { RedirectStandardInput = true, RedirectStandardOutput = log is null, RedirectStandardError = log is null };
        start.Environment.Clear(); // our own may hold secrets
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";
        return Process.Start(start)!;
    }

    /// <summary>Runs a program to its end. What it says is only of interest if it fails.</summary>
    public async Task RunAsync(string cluster, string input, IEnumerable<string> command, CancellationToken ct)
    {
        using var process = Start(cluster, log: null, command);
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.StandardInput.WriteAsync(input.AsMemory(), ct);
        process.StandardInput.Close();
        var texts = await said;
        await process.WaitForExitAsync(ct);
        if (process.ExitCode != 0) throw new PostgresFailed($"PostgreSQL cannot be set up in {folders.Data}: {Reason(string.Concat(texts))}");
    }

    /// <summary>The line that says why: the last error, or else the last word.</summary>
    public static string Reason(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.LastOrDefault(line => line.Contains("error:", StringComparison.Ordinal) || line.Contains("FATAL:", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "it gave no reason";
    }
}
