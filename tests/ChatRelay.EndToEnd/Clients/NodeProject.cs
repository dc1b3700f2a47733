using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>A fresh Node project in which the JavaScript client stands as npm packs it: no other source, no network.</summary>
internal sealed class NodeProject : IDisposable
{
    private readonly ScratchFolder folder = new();

    private NodeProject() { }

    /// <summary>What the tarball holds.</summary>
    public IReadOnlyList<string> Packed { get; private set; } = [];

    public string Folder => folder.Path;

    public static async Task<NodeProject> MakeAsync()
    {
        var project = new NodeProject();
        var tarball = (await RunAsync("npm", Repository.File("src/chatrelay-js"), "pack", "--silent", "--pack-destination", project.Folder))[^1];
        project.Packed = [.. (await RunAsync("tar", project.Folder, "-tzf", tarball)).Select(name => name["package/".Length..])];
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

    /// <summary>A program of the project, by Node.</summary>
    public RunningProgram Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment) => RunningProgram.Start("node", Folder, arguments, environment);

    public void Dispose() => folder.Dispose();

    private static async Task<IReadOnlyList<string>> RunAsync(string program, string folder, params string[] arguments)
    {
        await using var running = RunningProgram.Start(program, folder, arguments);
        return await running.EndAsync();
    }
}
