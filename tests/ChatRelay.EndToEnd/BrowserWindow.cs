using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd;

/// <summary>A window of Chromium, and what it complained of: faults of scripts, violations of the policy, requests that failed.</summary>
internal class BrowserWindow
{
    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(Repository.File("tests/node/node_modules/axe-core/axe.min.js")));
    private readonly string album;

    public BrowserWindow(IPage page, string album)
    {
        (Page, this.album) = (page, album);
        page.Console += (_, said) =>
        {
            if (said.Type is "error" or "warning") Complaints.Add(said.Text);
        };
        page.PageError += (_, fault) => Complaints.Add(fault);
        page.RequestFailed += (_, request) =>
        {
            if (request.Failure != "net::ERR_ABORTED") Complaints.Add($"{request.Url} {request.Failure}"); // a live part that the next page cut off
        };
    }

    public IPage Page { get; }
    public List<string> Complaints { get; } = [];

    /// <summary>Goes on with the tabulator until what has the focus, or its label, begins so.</summary>
    public async Task TabToAsync(string text)
    {
        for (var i = 0; i < 100; i++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if ((await Page.EvaluateAsync<string>("(document.activeElement?.labels?.[0] ?? document.activeElement)?.textContent ?? ''")).Trim().StartsWith(text, StringComparison.Ordinal)) return;
        }
        Assert.Fail($"the keyboard does not reach {text}");
    }

    /// <summary>A picture for people to look at, nothing wider than the window, and nothing serious for axe.</summary>
    public async Task LookAsync(string name)
    {
        await Page.ScreenshotAsync(new() { Path = Repository.File($"artifacts/{album}/{name}.png"), FullPage = true });
        Assert.True(await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{name} is wider than the window");
        await Page.EvaluateAsync(Axe.Value);
        var faults = await Page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
              .filter(v => v.impact === "serious" || v.impact === "critical").map(v => `${v.id}: ${v.nodes.map(n => n.html).join(" ")}`)
            """);
        Assert.True(faults.Length == 0, $"{name}: {string.Join('\n', faults)}");
    }
}
