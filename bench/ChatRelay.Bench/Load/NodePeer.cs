using System.Diagnostics;
using System.Text.Json;
using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Bench.Load;

/// <summary>Other people's queues and servers, from bench/node, on the same PostgreSQL.</summary>
internal static class NodePeer
{
    private static string Folder => Repository.File("bench/node");

    /// <summary>One run of a queue over so many jobs that are there when it starts.</summary>
    public static async Task<QueueRun> DrainAsync(string peer, int jobs, int workers, string connection, Uri? url, CancellationToken ct)
    {
        using var node = Start("queue.mjs", connection, [], answer: true);
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(new { peer, jobs, workers, url }).AsMemory(), ct);
        node.StandardInput.Close();
        try
        {
            var said = await node.StandardOutput.ReadToEndAsync(ct);
            await node.WaitForExitAsync(ct);
            if (node.ExitCode != 0) throw new InvalidOperationException($"{peer} ended with {node.ExitCode}");
            var run = JsonSerializer.Deserialize<QueueRun>(said[(said.TrimEnd().LastIndexOf('\n') + 1)..], JsonSerializerOptions.Web)!;
            return run.Left == 0 ? run : throw new InvalidOperationException($"{peer} left {run.Left} jobs");
        }
        finally
        {
            if (!node.HasExited) node.Kill();
        }
    }

    public sealed record QueueRun(double Seconds, long Left);

    public static Process Start(string script, string connection, IEnumerable<(string Name, string Value)> settings, bool answer)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules"))) throw new InvalidOperationException("bench/node has no packages: ./chatrelay bench installs them");
        var to = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo("node", [script]) { WorkingDirectory = Folder, RedirectStandardInput = answer, RedirectStandardOutput = answer };
        (start.Environment["PGHOST"], start.Environment["PGUSER"]) = (to.Host, to.Username);
        (start.Environment["PGPASSWORD"], start.Environment["PGDATABASE"]) = (to.Password, to.Database);
        start.Environment["NODE_ENV"] = "production";
        foreach (var (name, value) in settings) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
