using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>The C# packages from a folder feed, in a project that knows nothing else: no other source, no cache, no network.</summary>
public sealed class PackageTests
{
    private const string Program = """
        using ChatRelay.Client;

        var (address, key, room) = (args[0], args[1], args[2]);
        using var relay = new RelayClient(address, key);
        var sent = (await relay.Notifications.SendAsync(new() { To = new() { Email = "ann@example.com" }, Content = new() { Subject = "Hello", Text = "It works." } })).Value;
        foreach (var entry in (await relay.Notifications.TimelineAsync(sent.Id!)).Value.Data) Console.WriteLine($"story {entry.Type}");

        await using var socket = new RelaySocket(new()
        {
            Urls = [new(address)],
            Token = async ct => (await relay.Tokens.MintAsync(new() { User = "ann" }, ct)).Value.Token,
        });
        socket.Follow(room);
        await socket.SendAsync(room, "before the cut");
        Console.WriteLine("posted");
        Console.ReadLine(); // the connection is cut here
        await socket.SendAsync(room, "after the cut");
        await foreach (var said in socket.ReadAllAsync())
        {
            if (said is not SocketEvent.Message message) continue;
            Console.WriteLine($"{message.Position.Seq} {message.Entry.BodyText}");
            if (message.Entry.BodyText == "after the cut") break;
        }
        """;

    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="ChatRelay.Client" Version="*" />
          </ItemGroup>
        </Project>
        """;

    [Fact]
    public async Task A_fresh_project_restores_the_client_sends_and_survives_a_cut_in_under_thirty_lines()
    {
        Assert.True(Program.Split('\n').Length < 30);
        using var folder = new ScratchFolder();
        var feed = Path.Combine(folder.Path, "feed");
        foreach (var package in (string[])["ChatRelay.Protocol", "ChatRelay.Client"])
            await RunAsync(Repository.Root, ["pack", $"src/{package}", "--no-build", "-c", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "-o", feed, "-v", "q"]);
        Assert.Equal(["ChatRelay.Client.nupkg", "ChatRelay.Client.snupkg", "ChatRelay.Protocol.nupkg", "ChatRelay.Protocol.snupkg"], Directory.GetFiles(feed).Select(WithoutVersion).Order());
        var held = FilesOf(Directory.GetFiles(feed, "ChatRelay.Client.*.nupkg").Single()).ToList();
        Assert.All((string[])["README.md", "lib/net10.0/ChatRelay.Client.dll", "lib/net10.0/ChatRelay.Client.xml"], file => Assert.Contains(file, held));

        var app = Directory.CreateDirectory(Path.Combine(folder.Path, "app")).FullName;
        await File.WriteAllTextAsync(Path.Combine(app, "app.csproj"), Project);
        await File.WriteAllTextAsync(Path.Combine(app, "Program.cs"), Program);
        await File.WriteAllTextAsync(Path.Combine(app, "nuget.config"), $"""
            <configuration><packageSources><clear /><add key="folder" value="{feed}" /></packageSources><config><add key="globalPackagesFolder" value="{folder.Path}/packages" /></config></configuration>
            """);
        await RunAsync(app, ["build", "-v", "q", "-o", Path.Combine(folder.Path, "built")]);

        await using var relay = await RelayHost.StartAsync();
        await using var proxy = new ChaosProxy($"Host=127.0.0.1;Port={relay.Address.Port}");
        var tenant = await relay.NewTenantAsync();
        var room = (await tenant.Http.SendAsync("/v1/rooms", new { members = new[] { new { user = "ann" } } })).Id;
        await using var program = RunningProgram.Start("dotnet", app, [Path.Combine(folder.Path, "built", "app.dll"), $"http://127.0.0.1:{proxy.Port}", tenant.Key, room]);
        Assert.Equal("story accepted", await program.LineAsync());
        while (await program.LineAsync() is var line && line != "posted") Assert.StartsWith("story ", line, StringComparison.Ordinal);
        proxy.CutAll();
        await program.SayAsync("");
        Assert.Equal(["1 before the cut", "2 after the cut"], await program.EndAsync());
    }

    private static async Task RunAsync(string folder, IEnumerable<string> arguments)
    {
        await using var dotnet = RunningProgram.Start("dotnet", folder, arguments);
        await dotnet.EndAsync();
    }

    private static string WithoutVersion(string file) => string.Join('.', Path.GetFileName(file).Split('.').Where(part => !part.All(char.IsAsciiDigit)));

    private static IEnumerable<string> FilesOf(string package)
    {
        using var archive = System.IO.Compression.ZipFile.OpenRead(package);
        return [.. archive.Entries.Select(e => e.FullName)];
    }
}
