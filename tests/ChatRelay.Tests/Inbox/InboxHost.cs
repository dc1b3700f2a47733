using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Inbox;

/// <summary>One node for a class of tests; each test has a user of its own.</summary>
public sealed class InboxFixture : IAsyncLifetime
{
    internal InboxHost Inbox { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Inbox = await InboxHost.StartAsync();

    public ValueTask DisposeAsync() => Inbox.DisposeAsync();
}

/// <summary>A node with a tenant, and short ways to users' screens.</summary>
internal sealed class InboxHost : IAsyncDisposable
{
    private InboxHost(RelayHost host, TenantAccess tenant) => (Host, Tenant) = (host, tenant);

    public RelayHost Host { get; }
    public TenantAccess Tenant { get; }
    public HttpClient Http => Tenant.Http;

    public static async Task<InboxHost> StartAsync(params (string Name, string Value)[] settings)
    {
        var host = await RelayHost.StartAsync(null, null, [("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), ("CHATRELAY_USER_RATE_PER_S", "100000"), ("CHATRELAY_USER_RATE_BURST", "100000"), .. settings]);
        return new(host, await host.NewTenantAsync());
    }

    /// <summary>The relay's own time: tests let hours pass.</summary>
    public DateTimeOffset Now => Host.Services.GetRequiredService<RelayClock>().GetUtcNow();

    public static string NewUser() => $"u{Guid.NewGuid():n}";

    public async Task<string> TokenAsync(string user, string? device = null) =>
        (await Http.SendAsync("/v1/tokens", device is null ? new { user } : new { user, device }))["token"].GetString()!;

    public async Task<HttpClient> AsAsync(string user) => Host.Client(await TokenAsync(user));

    public async Task<SocketClient> OpenAsync(string user, object? more = null) => await SocketClient.HelloAsync(Host.Address, await TokenAsync(user), more);

    /// <summary>Shows a text to a user; with these steps after it.</summary>
    public Task<Said> ShowAsync(string user, string text = "hi", object? first = null, params object[] rest) => ShowAsync(user, new { subject = "Hello", text }, null, first, rest);

    public async Task<Said> ShowAsync(string user, object content, object? more, object? first, params object[] rest)
    {
        var step = JsonSerializer.SerializeToNode(first ?? new { })!.AsObject();
        step["channel"] = "websocket";
        var body = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        body["to"] = JsonSerializer.SerializeToNode(new { user, email = "ann@example.com" });
        body["content"] = JsonSerializer.SerializeToNode(content);
        body["route"] = JsonSerializer.SerializeToNode(new object[] { step }.Concat(rest));
        var said = await Http.SendAsync("/v1/notifications", body.ToJsonString());
        Assert.True(said.Status == 202, said.ToString());
        return said;
    }

    public static readonly object Mail = new { channel = "email" };

    public Task<Said> ReadAsync(string user, string query = "") => Http.ReadAsync($"/v1/users/{user}/inbox{query}");

    public Task<Said> MoveAsync(string user, string notification, string act) => Http.AskAsync(HttpMethod.Post, $"/v1/users/{user}/inbox/{notification}/{act}");

    /// <summary>Comes back when the user's inbox holds so many.</summary>
    public async Task HoldsAsync(string user, int count) => await Eventually.Async(async () => (await ReadAsync(user, "?limit=100"))["data"].GetArrayLength() == count);

    public async Task<Said> ReachesAsync(string notification, string status)
    {
        Said said = null!;
        await Eventually.Async(async () => (said = await Http.ReadAsync($"/v1/notifications/{notification}"))["status"].GetString() == status);
        return said;
    }

    /// <summary>How the steps stand, as `channel status reason`.</summary>
    public async Task<string[]> StepsAsync(string notification) =>
        [.. (await Http.ReadAsync($"/v1/notifications/{notification}"))["deliveries"].EnumerateArray().Select(d =>
            $"{d.GetProperty("channel").GetString()} {d.GetProperty("status").GetString()} {d.GetProperty("reason").GetString()}".TrimEnd())];

    public async Task<string[]> TimelineAsync(string notification) =>
        [.. (await Http.ReadAsync($"/v1/notifications/{notification}/timeline"))["data"].EnumerateArray().Select(e =>
            string.Join(' ', ((string[])["channel", "type", "status", "reason", "detail"]).Select(name => e.GetProperty(name).GetString()).Where(text => text is not null)))];

    public async Task<int> MailsAsync(string notification) =>
        (int)(long)(await Host.SqlAsync("select count(*) from relay.sandbox_emails s join relay.deliveries d on d.id = s.delivery_id where d.notification_id = $1", IdOf(notification)))!;

    public static Guid IdOf(string notification) => RelayId.TryParse<NotificationId>(notification, out var id) ? id.Value : throw new ArgumentException(notification);

    /// <summary>A frame as `number event what`.</summary>
    public static string Line(JsonElement frame) => frame.GetProperty("ev").GetString() switch
    {
        "inbox" => $"{frame.GetProperty("s").GetInt64()} inbox {frame.GetProperty("notification").GetProperty("content").GetProperty("text").GetString()}",
        "inbox.state" when frame.TryGetProperty("up_to", out var upTo) => $"{frame.GetProperty("s").GetInt64()} {frame.GetProperty("state").GetString()} up to {upTo.GetInt64()}",
        "inbox.state" => $"{frame.GetProperty("s").GetInt64()} {frame.GetProperty("state").GetString()} {frame.GetProperty("about").GetInt64()}",
        "inbox.skip" => $"{frame.GetProperty("from").GetInt64()}-{frame.GetProperty("to").GetInt64()} skip",
        "inbox.head" => $"head {frame.GetProperty("s").GetInt64()}",
        var other => other!,
    };

    public static async Task<string> NextAsync(SocketClient client) => Line(await client.NextAsync());

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
