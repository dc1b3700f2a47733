using System.Diagnostics;
using System.Text.Json;

namespace ChatRelay.TestKit;

/// <summary>Runs a script of tests/node: other people's code, asked through standard input and output.</summary>
public static class NodePeer
{
    public static Task<TAnswer> AskAsync<TAnswer>(string script, object question, CancellationToken ct)
    {
        var folder = Repository.File("tests/node");
        if (!Directory.Exists(Path.Combine(folder, "node_modules"))) throw new InvalidOperationException("tests/node has no packages: run ./chatrelay test, or npm ci there");
        return ScriptPeer.AskAsync<TAnswer>("node", folder, script, question, ct);
    }
}

/// <summary>Runs a script of tests/python with Debian's own Python, which has Debian's packages.</summary>
public static class PythonPeer
{
    public static Task<TAnswer> AskAsync<TAnswer>(string script, object question, CancellationToken ct) =>
        ScriptPeer.AskAsync<TAnswer>("/usr/bin/python3", Repository.File("tests/python"), script, question, ct);
}

internal static class ScriptPeer
{
    public static async Task<TAnswer> AskAsync<TAnswer>(string program, string folder, string script, object question, CancellationToken ct)
    {
        using var peer = Process.Start(new ProcessStartInfo(program, [script])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (said, complained) = (peer.StandardOutput.ReadToEndAsync(ct), peer.StandardError.ReadToEndAsync(ct));
        await peer.StandardInput.WriteAsync(JsonSerializer.Serialize(question).AsMemory(), ct);
        peer.StandardInput.Close();
        await peer.WaitForExitAsync(ct);
        return peer.ExitCode == 0 ? JsonSerializer.Deserialize<TAnswer>(await said)! : throw new InvalidOperationException(await complained);
    }
}
