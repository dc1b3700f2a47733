using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>The JavaScript client as it is packed, a node with a network before it that can be cut, and one Chromium.</summary>
public sealed class JavaScriptPackage : IAsyncLifetime
{
    private IPlaywright playwright = null!;

    internal NodeProject Project { get; private set; } = null!;
    internal RelayHost Host { get; private set; } = null!;
    internal ChaosProxy Network { get; private set; } = null!;
    internal TenantAccess Tenant { get; private set; } = null!;
    internal IBrowser Browser { get; private set; } = null!;
    internal string Url => $"http://127.0.0.1:{Network.Port}";

    public async ValueTask InitializeAsync()
    {
        Project = await NodeProject.MakeAsync();
        Host = await RelayHost.StartAsync();
        Network = new ChaosProxy($"Host=127.0.0.1;Port={Host.Address.Port}");
        Tenant = await Host.NewTenantAsync();
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium-headless-shell", Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright.Dispose();
        await Network.DisposeAsync();
        await Host.DisposeAsync();
        Project.Dispose();
    }

    /// <summary>A room with Ann in it, and her token.</summary>
    internal async Task<(string Room, string Token)> RoomAsync()
    {
        var room = (await Tenant.Http.SendAsync("/v1/rooms", new { members = new[] { new { user = "ann" } } })).Id;
        return (room, (await Tenant.Http.SendAsync("/v1/tokens", new { user = "ann" }))["token"].GetString()!);
    }
}
