using System.Diagnostics;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>A fresh Node project in which the JavaScript client stands as npm packs it: no other source, no network.</summary>
internal sealed class NodeProject : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly ScratchFolder folder = new();

    private NodeProject() { }

    /// <summary>What the tarball holds.</summary>
    public IReadOnlyList<string> Packed { get; private set; } = [];

    public string Folder => folder.Path;

    public static async Task<NodeProject> MakeAsync()
    {
        var project = new NodeProject();
        var packed = await RunAsync("npm", Repository.File("src/chatrelay-js"), "pack", "--silent", "--pack-destination", project.Folder);
        var tarball = packed.Trim().Split('\n')[^1];
        project.Packed = [.. (await RunAsync("tar", project.Folder, "-tzf", tarball)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => name["package/".Length..])];
        await project.WriteAsync("package.json", """{ "name": "fresh", "private": true, "type": "module" }""");
        await RunAsync("npm", project.Folder, "install", "--offline", "--no-audit", "--no-fund", "--silent", $"./{tarball}");
        return project;
    }

    public Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(Folder, name), text);

    /// <summary>One of the package's own README: the first block that says so.</summary>
    public async Task WriteSampleAsync(string name, string says)
    {
        var blocks = (await File.ReadAllTextAsync(Path.Combine(Folder, "node_modules/chatrelay-js/README.md"))).Split("```js\n").Skip(1).Select(block => block[..block.IndexOf("```", StringComparison.Ordinal)]);
        var sample = blocks.First(block => block.Contains(says, StringComparison.Ordinal));
        Assert.True(sample.Split('\n').Length < 30, $"{name} is longer than a sample");
        await WriteAsync(name, sample);
    }

    /// <summary>A program of the project, by Node; it is talked to until it ends.</summary>
    public Process Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment) => Start("node", Folder, arguments, environment);

    /// <summary>What it said until it ended.</summary>
    public Task<string> RunAsync(IEnumerable<string> arguments, params (string Name, string Value)[] environment) => EndAsync(Start(arguments, environment));

    public static async Task<string> EndAsync(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(Patience);
            Assert.True(process.ExitCode == 0, $"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)}\n{await said}\n{await complained}");
            return await said;
        }
    }

    public void Dispose() => folder.Dispose();

    private static Task<string> RunAsync(string program, string folder, params string[] arguments) => EndAsync(Start(program, folder, arguments));

    private static Process Start(string program, string folder, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
