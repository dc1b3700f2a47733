using ChatRelay.EndToEnd.Up;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Pages;

namespace ChatRelay.EndToEnd.Pages;

/// <summary>The pages' commands, each page as somebody would type them from its top, against a relay. A request that is refused fails its page.</summary>
public sealed class ShellBlocksTests(PagesRelay relay) : IClassFixture<PagesRelay>
{
    public static TheoryData<string> Pages => [.. Page.All.Where(page => page.Blocks.Any(Is)).Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task The_commands_of_a_page_do_what_it_says(string path)
    {
        var blocks = Page.All.Single(page => page.Path == path).Blocks.Where(Is);
        var script = $$"""
            set -euo pipefail
            cd '{{Repository.Root}}'
            trap 'jobs -p | xargs -r kill 2>/dev/null || true' EXIT
            curl() { command curl --fail-with-body "$@"; }
            {{string.Join("\n", blocks.Select(b => $"echo '== {b}'\n{b.Text}"))}}
            """;
        var (tenant, operatorKey) = (await relay.Host.NewTenantAsync(path), Path.Combine(relay.Host.Folder, "operator.key"));
        var ran = await Command.RunAsync("env", $"KEY={tenant.Key}", "timeout", "120", "bash", "-c", relay.Here(script).Replace(".data/operator.key", operatorKey, StringComparison.Ordinal));
        Assert.True(ran.ExitCode == 0, $"{ran.ExitCode}\n{ran.Output}");
    }

    private static bool Is(PageBlock block) => block is { Language: "sh", Runs: true };
}
