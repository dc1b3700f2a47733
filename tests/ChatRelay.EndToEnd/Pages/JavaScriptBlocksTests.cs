using ChatRelay.EndToEnd.Up;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Pages;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Pages;

/// <summary>The pages' JavaScript, each block a module with `relay`, `url` and `key`, the blocks of a page one after the other.</summary>
public sealed class JavaScriptBlocksTests(PagesRelay relay) : IClassFixture<PagesRelay>
{
    private const string Around = """
        import * as chatrelay from "chatrelay-js";
        const { RELAY_URL: url, KEY: key } = process.env;
        const relay = new chatrelay.Relay({ url, key });

        """;

    [Fact]
    public async Task The_modules_of_every_page_run()
    {
        var folder = Directory.CreateTempSubdirectory("chatrelay-pages-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "node_modules"));
            Directory.CreateSymbolicLink(Path.Combine(folder, "node_modules", "chatrelay-js"), Repository.File("src/chatrelay-js"));
            var (failed, ran) = (new List<string>(), 0);
            foreach (var page in Page.All.Where(page => page.Blocks.Any(Is)))
            {
                var (tenant, main) = (await relay.Host.NewTenantAsync(page.Path), "");
                foreach (var block in page.Blocks.Where(Is))
                {
                    await File.WriteAllTextAsync(Path.Combine(folder, $"{++ran}.mjs"), Around + relay.Here(block.Text));
                    main += $"console.log('== {block}'); await import('./{ran}.mjs');\n";
                }
                await File.WriteAllTextAsync(Path.Combine(folder, "page.mjs"), $"{main}process.exit(0);\n");
                var said = await Command.RunAsync("env", $"RELAY_URL={relay.Host.Address}", $"KEY={tenant.Key}", "timeout", "120", "node", Path.Combine(folder, "page.mjs"));
                if (said.ExitCode != 0) failed.Add($"{page.Path}: {said.ExitCode}\n{said.Output}");
            }
            Assert.True(failed.Count == 0, string.Join('\n', failed));
            Assert.True(ran > 5, $"{ran}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Is(PageBlock block) => block is { Language: "js", Runs: true };
}
