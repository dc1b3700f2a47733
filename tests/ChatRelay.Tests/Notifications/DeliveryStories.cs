using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Notifications;

/// <summary>How a delivery comes to each status that it can have now.</summary>
internal static class DeliveryStories
{
    public static readonly IReadOnlyDictionary<string, Func<EngineHost, Task<string>>> All = new Dictionary<string, Func<EngineHost, Task<string>>>
    {
        ["waiting"] = async e => First(await e.SendMailAsync("ann@example.com", new { send_at = e.Now.AddHours(1) })),
        ["queued"] = async e => First(await e.SendMailAsync("ann@example.com")), // on a node that does not deliver
        ["sending"] = async e => First(await e.SendWebhookAsync(ReachStories.Silent.Url)),
        ["retrying"] = async e => First(await e.SendMailAsync("defer@simulator")),
        ["held"] = async e => First(await e.SendMailAsync("timeout@simulator")),
        ["sent"] = async e => First(await e.SendMailAsync("ann@example.com")),
        ["delivered"] = async e => First(await e.SendMailAsync("delivered@simulator")),
        ["bounced"] = async e => First(await e.SendMailAsync("bounce@simulator")),
        ["failed"] = async e => First(await e.SendMailAsync("reject@simulator")),
        ["skipped"] = async e => (await RouteAsync(e))["deliveries.1.id"].GetString()!,
        ["canceled"] = async e =>
        {
            var said = await e.SendMailAsync("ann@example.com", new { send_at = e.Now.AddHours(1) });
            await e.Http.SendAsync($"/v1/notifications/{said.Id}/cancel", new { });
            return First(said);
        },
        ["expired"] = async e =>
        {
            var said = await e.SendMailAsync("defer@simulator", new { expires_at = e.Now.AddMinutes(2) });
            await e.DeliveryReachesAsync(First(said), "retrying");
            await e.Host.TimePasses(TimeSpan.FromMinutes(3));
            return First(said);
        },
        ["quarantined"] = async e =>
        {
            var said = await e.SendWebhookAsync(ReachStories.Silent.Url, more: new { send_at = e.Now.AddHours(3) });
            await e.DieWithAsync(First(said), begun: true, alone: true, crashes: 2);
            return First(said);
        },
    };

    private static async Task<Said> RouteAsync(EngineHost engine) => await engine.Http.SendAsync("/v1/notifications", new
    {
        to = new { email = "ann@example.com", webhook = new { url = ReachStories.Silent.Url.ToString() } },
        route = new[] { new { channel = "email" }, new { channel = "webhook" } },
        content = new { subject = "Hello", text = "It works." },
    });

    private static string First(Said said) => said["deliveries.0.id"].GetString()!;
}

/// <summary>How a notification comes to each status that it can have now: mostly as its only delivery does.</summary>
internal static class NotificationStories
{
    public static readonly IReadOnlyDictionary<string, Func<EngineHost, Task<string>>> All = new Dictionary<string, Func<EngineHost, Task<string>>>
    {
        ["scheduled"] = Of("waiting"),
        ["queued"] = Of("queued"),
        ["sending"] = Of("sending"),
        ["sent"] = Of("sent"),
        ["delivered"] = Of("delivered"),
        ["failed"] = Of("bounced"),
        ["canceled"] = Of("canceled"),
        ["expired"] = Of("expired"),
    };

    private static Func<EngineHost, Task<string>> Of(string delivery) => async engine =>
        (await engine.Http.ReadAsync($"/v1/deliveries/{await DeliveryStories.All[delivery](engine)}"))["notification_id"].GetString()!;
}

internal static class ReachStories
{
    /// <summary>Takes every request and answers none; it stands as long as the process.</summary>
    public static readonly FakeReceiver Silent = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await c.HangAsync(); });
}
