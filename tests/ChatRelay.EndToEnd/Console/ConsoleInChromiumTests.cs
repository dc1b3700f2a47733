using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.Console;

/// <summary>The console as an operator sees it, in the distribution's Chromium.</summary>
public sealed class ConsoleInChromiumTests : IAsyncLifetime
{
    private readonly List<string> complaints = [];
    private RelayHost host = null!;
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        await host.DisposeAsync();
    }

    [Theory]
    [InlineData("light", ColorScheme.Light, 1280)]
    [InlineData("dark", ColorScheme.Dark, 1280)]
    [InlineData("phone", ColorScheme.Light, 390)]
    [InlineData("phone-dark", ColorScheme.Dark, 390)]
    public async Task An_operator_signs_in_sees_the_page_and_signs_out(string name, ColorScheme scheme, int width)
    {
        var page = await OpenAsync(scheme, width);
        await page.GotoAsync("/hangfire");
        await Assertions.Expect(page).ToHaveTitleAsync("Sign in · ChatRelay");
        await ShootAsync(page, $"{name}-sign-in");

        // By keyboard only: the field has the focus.
        await page.Keyboard.TypeAsync(host.OperatorKey);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nodes" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("alive")).ToBeVisibleAsync();
        Assert.Equal("/ops", new Uri(page.Url).AbsolutePath);
        await ShootAsync(page, $"{name}-now");
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "wider than the window");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page).ToHaveTitleAsync("Sign in · ChatRelay");
        await page.GotoAsync("/ops");
        await Assertions.Expect(page).ToHaveTitleAsync("Sign in · ChatRelay");
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task A_wrong_key_is_told_and_not_kept_in_the_page()
    {
        var page = await OpenAsync(ColorScheme.Light, 1280);
        await page.GotoAsync("/ops");
        await page.GetByLabel("Operator key").FillAsync("cr_op_mistyped");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This is not an operator's key.");
        await Assertions.Expect(page.GetByLabel("Operator key")).ToHaveValueAsync("");
        Assert.DoesNotContain("mistyped", page.Url, StringComparison.Ordinal);
        await ShootAsync(page, "wrong-key");
    }

    private async Task<IPage> OpenAsync(ColorScheme scheme, int width)
    {
        var context = await browser.NewContextAsync(new() { BaseURL = host.Address.ToString(), ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 } });
        var page = await context.NewPageAsync();
        page.Console += (_, said) =>
        {
            if (said.Type is "error" or "warning") complaints.Add(said.Text);
        };
        page.PageError += (_, fault) => complaints.Add(fault);
        page.RequestFailed += (_, request) => complaints.Add(request.Url);
        return page;
    }

    private static async Task ShootAsync(IPage page, string name) =>
        await page.ScreenshotAsync(new() { Path = Repository.File($"artifacts/console/{name}.png"), FullPage = true });
}
