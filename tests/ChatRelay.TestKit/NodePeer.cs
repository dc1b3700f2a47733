using System.Diagnostics;
using System.Text.Json;

namespace ChatRelay.TestKit;

/// <summary>Runs a script of tests/node: other people's code, asked through standard input and output.</summary>
public static class NodePeer
{
    public static async Task<TAnswer> AskAsync<TAnswer>(string script, object question, CancellationToken ct)
    {
        var folder = Repository.File("tests/node");
        if (!Directory.Exists(Path.Combine(folder, "node_modules"))) throw new InvalidOperationException("tests/node has no packages: run ./chatrelay test, or npm ci there");
        using var node = Process.Start(new ProcessStartInfo("node", [script])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (said, complained) = (node.StandardOutput.ReadToEndAsync(ct), node.StandardError.ReadToEndAsync(ct));
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(question).AsMemory(), ct);
        node.StandardInput.Close();
        await node.WaitForExitAsync(ct);
        return node.ExitCode == 0 ? JsonSerializer.Deserialize<TAnswer>(await said)! : throw new InvalidOperationException(await complained);
    }
}
