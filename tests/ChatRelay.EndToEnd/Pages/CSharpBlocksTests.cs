using System.Text;
using ChatRelay.EndToEnd.Up;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Pages;

namespace ChatRelay.EndToEnd.Pages;

/// <summary>The pages' C#, each block the body of a method with `relay`, `url` and `key`, all in one program on the client library.</summary>
public sealed class CSharpBlocksTests(PagesRelay relay) : IClassFixture<PagesRelay>
{
    [Fact]
    public async Task The_blocks_of_every_page_run()
    {
        var folder = Directory.CreateTempSubdirectory("chatrelay-pages-").FullName;
        try
        {
            var blocks = Page.All.SelectMany(page => page.Blocks).Where(b => b is { Language: "csharp", Runs: true }).ToList();
            Assert.True(blocks.Count > 5, $"{blocks.Count}");
            await File.WriteAllTextAsync(Path.Combine(folder, "Pages.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
                  <ItemGroup>{string.Concat(((string[])["ChatRelay.Client", "ChatRelay.Protocol"]).Select(name => $"<Reference Include=\"{name}\" HintPath=\"{Path.Combine(AppContext.BaseDirectory, name)}.dll\" />"))}</ItemGroup>
                  <ItemGroup><Using Include="System.Text.Json" /><Using Include="ChatRelay.Client" /><Using Include="ChatRelay.Protocol" /></ItemGroup>
                </Project>
                """);
            await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), ProgramOf(blocks));
            var built = await Command.RunAsync("dotnet", "build", folder, "-c", "Release", "-v", "q", "-nologo", "-p:UseSharedCompilation=false", "--disable-build-servers");
            Assert.True(built.ExitCode == 0, built.Output);
            var tenant = await relay.Host.NewTenantAsync("pages in C#");
            var ran = await Command.RunAsync("timeout", "120", "dotnet", Path.Combine(folder, "bin/Release/net10.0/Pages.dll"), $"{relay.Host.Address}", tenant.Key);
            Assert.True(ran.ExitCode == 0, $"{ran.ExitCode}\n{ran.Output}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string ProgramOf(List<PageBlock> blocks)
    {
        var program = new StringBuilder("var (url, key) = (args[0], args[1]);\nusing var relay = new RelayClient(new() { Url = new Uri(url), Key = key });\n");
        for (var n = 0; n < blocks.Count; n++) program.Append($"Console.WriteLine(\"== {blocks[n]}\"); await Blocks.Number{n}(relay, url, key);\n");
        program.Append("return 0;\n\nstatic class Blocks\n{\n");
        for (var n = 0; n < blocks.Count; n++) program.Append($"    public static async Task Number{n}(RelayClient relay, string url, string key)\n    {{\n#line {blocks[n].Line + 1} \"{blocks[n].Page}\"\n{relay.Here(blocks[n].Text)}\n#line default\n        await Task.CompletedTask;\n    }}\n");
        return program.Append("}\n").ToString();
    }
}
