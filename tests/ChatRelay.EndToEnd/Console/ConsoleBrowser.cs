using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.Console;

/// <summary>One node and one Chromium for all tests of the console; each test opens a window of its own and hears every complaint in it.</summary>
public sealed class ConsoleBrowser : IAsyncLifetime
{
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

    /// <summary>A window onto the console.</summary>
    internal sealed class Window(IPage page) : BrowserWindow(page, "console")
    {
        public async Task SignInAsync(string key, string path = "/ops")
        {
            await Page.GotoAsync(path);
            await Page.GetByLabel("Operator key").FillAsync(key);
            await Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
        }
    }
}
