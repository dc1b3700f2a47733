using System.Diagnostics;
using System.Text.Json;

namespace ChatRelay.TestKit;

/// <summary>Runs a script of tests/node: other people's code, asked through standard input and output.</summary>
public static class NodePeer
{
    public static Task<TAnswer> AskAsync<TAnswer>(string script, object question, CancellationToken ct) => ScriptPeer.AskAsync<TAnswer>("node", Folder, script, question, ct);

    /// <summary>One that stays: it is talked to until its standard input is closed.</summary>
    public static Process Start(string script, params string[] arguments) => ScriptPeer.Start("node", Folder, script, arguments);

    private static string Folder
    {
        get
        {
            var folder = Repository.File("tests/node");
            return Directory.Exists(Path.Combine(folder, "node_modules")) ? folder : throw new InvalidOperationException("tests/node has no packages: run ./chatrelay test, or npm ci there");
        }
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
    public static Process Start(string program, string folder, string script, params string[] arguments) => Process.Start(new ProcessStartInfo(program, [script, .. arguments])
    {
        WorkingDirectory = folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    public static async Task<TAnswer> AskAsync<TAnswer>(string program, string folder, string script, object question, CancellationToken ct)
    {
        using var peer = Start(program, folder, script);
        var (said, complained) = (peer.StandardOutput.ReadToEndAsync(ct), peer.StandardError.ReadToEndAsync(ct));
        await peer.StandardInput.WriteAsync(JsonSerializer.Serialize(question).AsMemory(), ct);
        peer.StandardInput.Close();
        await peer.WaitForExitAsync(ct);
        return peer.ExitCode == 0 ? JsonSerializer.Deserialize<TAnswer>(await said)! : throw new InvalidOperationException(await complained);
    }
}
