using System.Net;
using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>The C# samples as their readers run them, against a running relay.</summary>
public sealed class CSharpSampleTests : IAsyncLifetime
{
    private RelayHost relay = null!;
    private TenantAccess tenant = null!;

    public async ValueTask InitializeAsync()
    {
        relay = await RelayHost.StartAsync(null, null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        tenant = await relay.NewTenantAsync();
    }

    public ValueTask DisposeAsync() => relay.DisposeAsync();

    private (string, string)[] Access => [("RELAY", relay.Address.AbsoluteUri), ("KEY", tenant.Key)];

    [Fact]
    public async Task FirstNotification_sends_and_tells_the_story()
    {
        Assert.True(File.ReadLines(Repository.File("samples/FirstNotification/Program.cs")).Count() < 30);
        await using var sample = RunningProgram.StartSample("FirstNotification", "FirstNotification", Access);
        var lines = await sample.EndAsync();
        Assert.Matches("^ntf_[0-9a-z]{26} is queued$", lines[0]);
        Assert.Contains(lines, line => line.Contains(" accepted ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(" attempt email ", StringComparison.Ordinal) && line.EndsWith(" ok", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Order_updates_tells_on_screen_or_by_mail_and_learns_of_it_from_webhooks_that_it_verifies()
    {
        var port = ServerProcess.FreePort();
        await using var shop = RunningProgram.StartSample("order-updates", "OrderUpdates", [.. Access, ("PORT", $"{port}"), ("ON_SCREEN_S", "2")]);
        while (await shop.LineAsync() is var line && line != $"listening on {port}") Assert.NotNull(line); // the host says things too
        using var browser = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        var token = (await tenant.Http.SendAsync("/v1/tokens", new { user = "ann" }))["token"].GetString()!;
        await using var screen = await SocketClient.HelloAsync(relay.Address, token, new { device = "laptop" });

        await ShippedAsync(browser, "4711", "ann");
        await ShippedAsync(browser, "4712", "bob");
        var told = await screen.NextAsync("inbox");
        Assert.Equal("4711", told.GetProperty("notification").GetProperty("external_id").GetString());
        await screen.DoAsync("ack", new { s = told.GetProperty("s").GetInt64() });

        await ReachesAsync(browser, "4711", "delivered"); // she looked
        await ReachesAsync(browser, "4712", "sent"); // by mail
        var mails = await tenant.Http.ReadAsync("/v1/sandbox/emails");
        Assert.Contains("bob@example.com", Assert.Single(mails["data"].EnumerateArray()).GetRawText(), StringComparison.Ordinal);

        await ShippedAsync(browser, "4711", "ann"); // asked again: nobody is told twice
        Assert.Equal(2, (await tenant.Http.ReadAsync("/v1/notifications"))["data"].GetArrayLength());
        using var forged = await browser.PostAsync("/relay-events", new StringContent(JsonSerializer.Serialize(new { type = "notification.read", data = new { notification_id = "ntf_1" } })));
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
    }

    private static async Task ShippedAsync(HttpClient browser, string order, string user)
    {
        using var answer = await browser.PostAsync($"/orders/{order}/shipped?user={user}&email={user}@example.com", null);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    private static Task ReachesAsync(HttpClient browser, string order, string state) => Eventually.Async(async () =>
    {
        using var answer = await browser.GetAsync($"/orders/{order}");
        return await answer.Content.ReadAsStringAsync() == state;
    }, seconds: 120);
}
