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
        var run = await AskAsync<QueueRun>("queue.mjs", connection, new { peer, jobs, workers, url }, ct);
        return run.Left == 0 ? run : throw new InvalidOperationException($"{peer} left {run.Left} jobs");
    }

    public sealed record QueueRun(double Seconds, long Left);

    /// <summary>nodemailer's pooled transport against a sink for so long; an attachment of so many bytes, or none.</summary>
    public static Task<MailRun> MailAsync(MailQuestion question, CancellationToken ct) => AskAsync<MailRun>("mail.mjs", "", question, ct);

    public sealed record MailQuestion(int Port, double Seconds, int Connections, int InFlight, string Subject, string Text, string Html, int Attachment);

    public sealed record MailRun(double PerSecond, double PeakMb);

    private static async Task<TAnswer> AskAsync<TAnswer>(string script, string connection, object question, CancellationToken ct)
    {
        using var node = Start([script], connection, [], answer: true);
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(question, JsonSerializerOptions.Web).AsMemory(), ct);
        node.StandardInput.Close();
        try
        {
            var said = await node.StandardOutput.ReadToEndAsync(ct);
            await node.WaitForExitAsync(ct);
            if (node.ExitCode != 0) throw new InvalidOperationException($"{script} ended with {node.ExitCode}");
            return JsonSerializer.Deserialize<TAnswer>(said[(said.TrimEnd().LastIndexOf('\n') + 1)..], JsonSerializerOptions.Web)!;
        }
        finally
        {
            if (!node.HasExited) node.Kill();
        }
    }

    public static Process Start(string[] line, string connection, IEnumerable<(string Name, string Value)> settings, bool answer)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules"))) throw new InvalidOperationException("bench/node has no packages: ./chatrelay bench installs them");
        var to = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo("node", line) { WorkingDirectory = Folder, RedirectStandardInput = answer, RedirectStandardOutput = answer };
        (start.Environment["PGHOST"], start.Environment["PGUSER"]) = (to.Host, to.Username);
        (start.Environment["PGPASSWORD"], start.Environment["PGDATABASE"]) = (to.Password, to.Database);
        start.Environment["NODE_ENV"] = "production";
        foreach (var (name, value) in settings) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
