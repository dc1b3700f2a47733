using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.Console;

/// <summary>One node and one Chromium for all tests of the console; each test opens a window of its own and hears every complaint in it.</summary>
public sealed class ConsoleBrowser : IAsyncLifetime
{
    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(Repository.File("tests/node/node_modules/axe-core/axe.min.js")));
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;

    internal RelayHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(20_000); // a busy machine
        Host = await RelayHost.StartAsync(null, null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium-headless-shell", Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        await Host.DisposeAsync();
    }

    internal async Task<Window> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280)
    {
        var context = await browser.NewContextAsync(new() { BaseURL = Host.Address.ToString(), ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 } });
        context.SetDefaultTimeout(20_000);
        return new(await context.NewPageAsync());
    }

    internal async Task<string> NewKeyAsync(string role) => (await Host.Operator.SendAsync("/v1/operator-keys", new { name = $"{role}'s", role }))["key"].GetString()!;

    /// <summary>A window, and what it complained of: faults of scripts, violations of the policy, requests that failed.</summary>
    internal sealed class Window
    {
        public Window(IPage page)
        {
            Page = page;
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

        public async Task SignInAsync(string key, string path = "/ops")
        {
            await Page.GotoAsync(path);
            await Page.GetByLabel("Operator key").FillAsync(key);
            await Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
        }

        /// <summary>Goes on with the tabulator until what has the focus begins so.</summary>
        public async Task TabToAsync(string text)
        {
            for (var i = 0; i < 100; i++)
            {
                await Page.Keyboard.PressAsync("Tab");
                if ((await Page.EvaluateAsync<string>("document.activeElement?.textContent ?? ''")).Trim().StartsWith(text, StringComparison.Ordinal)) return;
            }
            Assert.Fail($"the keyboard does not reach {text}");
        }

        /// <summary>A picture for people to look at, nothing wider than the window, and nothing serious for axe.</summary>
        public async Task LookAsync(string name)
        {
            await Page.ScreenshotAsync(new() { Path = Repository.File($"artifacts/console/{name}.png"), FullPage = true });
            Assert.True(await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{name} is wider than the window");
            await Page.EvaluateAsync(Axe.Value);
            var faults = await Page.EvaluateAsync<string[]>("""
                async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
                  .filter(v => v.impact === "serious" || v.impact === "critical").map(v => `${v.id}: ${v.nodes.map(n => n.html).join(" ")}`)
                """);
            Assert.True(faults.Length == 0, $"{name}: {string.Join('\n', faults)}");
        }
    }
}
