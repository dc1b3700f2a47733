using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.WebChat;

/// <summary>A node in development, a network before it that can be cut, and one Chromium. Each person has a browser of their own, with its own keys.</summary>
public sealed class ChatBrowser : IAsyncLifetime
{
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;
    private readonly List<IBrowserContext> open = [];

    internal RelayHost Host { get; private set; } = null!;
    internal ChaosProxy Network { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(20_000); // a busy machine
        Host = await RelayHost.StartAsync(null, null, ("CHATRELAY_DEVELOPMENT", "true"), ("CHATRELAY_PRESENCE_GRACE", "3s"));
        Network = new ChaosProxy($"Host=127.0.0.1;Port={Host.Address.Port}");
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium-headless-shell", Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        await Network.DisposeAsync();
        await Host.DisposeAsync();
    }

    /// <summary>A browser without a past.</summary>
    internal async Task<IBrowserContext> NewBrowserAsync(ColorScheme scheme = ColorScheme.Light, int width = 1200)
    {
        var phone = width < 500;
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = $"http://127.0.0.1:{Network.Port}",
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = 800 },
            IsMobile = phone,
            HasTouch = phone,
        });
        context.SetDefaultTimeout(20_000);
        open.Add(context);
        return context;
    }

    /// <summary>After a test: who has gone is not there in the next one.</summary>
    internal async Task CloseAllAsync()
    {
        foreach (var context in open) await context.CloseAsync();
        open.Clear();
    }

    internal async Task<ChatWindow> OpenAsync(string user, ColorScheme scheme = ColorScheme.Light, int width = 1200) =>
        await ChatWindow.OpenAsync(await NewBrowserAsync(scheme, width), user);

    /// <summary>What one of the two may do by REST, past the network that can be cut.</summary>
    internal async Task<HttpClient> RestAsync(string user)
    {
        var session = await Host.Anonymous.SendAsync("/samples/web-chat/session", new { user });
        return Host.Client(session["token"].GetString());
    }
}
