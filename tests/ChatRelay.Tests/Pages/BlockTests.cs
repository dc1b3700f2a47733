using System.Text;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Pages;

namespace ChatRelay.Tests.Pages;

/// <summary>Every fenced block is run by a test, or says why it is not; docs/blocks.md lists those, rendered.</summary>
public sealed class BlockTests
{
    private static readonly string[] CanRun = ["sh", "csharp", "js"];

    private static IEnumerable<PageBlock> Blocks => Page.All.SelectMany(page => page.Blocks);

    [Fact]
    public void Every_block_runs_or_says_why_it_does_not()
    {
        Assert.Empty(Blocks.Where(b => !b.Runs && b.NotRunBecause is null).Select(b => $"{b}: {b.Language}"));
        Assert.Empty(Blocks.Where(b => b.Runs && (b.NotRunBecause is not null || !CanRun.Contains(b.Language))).Select(b => $"{b}: {b.Language}"));
        Assert.All(CanRun, language => Assert.Contains(Blocks, b => b.Runs && b.Language == language));
    }

    [Fact]
    public void Those_that_are_not_run_are_listed_with_the_reason()
    {
        var list = new StringBuilder("# Blocks that no test runs\n\nEvery other fenced block of these pages is run by the tests, in the order of its page. Rendered: `CHATRELAY_RENDER=1 ./chatrelay test -class '*BlockTests'`.\n\n| Page | Blocks | Why |\n|---|---|---|\n");
        foreach (var alike in Blocks.Where(b => !b.Runs).GroupBy(b => (b.Page, b.NotRunBecause)))
            list.Append($"| [{alike.Key.Page}]({(alike.Key.Page.StartsWith("docs/", StringComparison.Ordinal) ? alike.Key.Page[5..] : $"../{alike.Key.Page}")}) | {alike.Count()} | {alike.Key.NotRunBecause} |\n");
        if (Environment.GetEnvironmentVariable("CHATRELAY_RENDER") == "1") File.WriteAllText(Repository.File("docs/blocks.md"), list.ToString());
        Assert.Equal(list.ToString(), File.ReadAllText(Repository.File("docs/blocks.md")));
    }
}
