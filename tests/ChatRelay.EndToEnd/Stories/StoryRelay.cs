using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Stories;

/// <summary>One relay for all stories; each has a tenant of its own.</summary>
public sealed class StoryRelay : IAsyncLifetime
{
    internal RelayHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await RelayHost.StartAsync(null, null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), ("CHATRELAY_USER_RATE_PER_S", "100000"), ("CHATRELAY_USER_RATE_BURST", "100000")); // they ask again and again until it is so

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    internal async Task<App> AppAsync(string name) => new(await Host.NewTenantAsync(name));
}

[CollectionDefinition(nameof(Stories))]
public sealed class Stories : ICollectionFixture<StoryRelay>;

/// <summary>What one of the replaced systems would be on the relay: a backend with a key, and its users' devices.</summary>
internal sealed class App(TenantAccess tenant)
{
    public HttpClient Backend => tenant.Http;
    public RelayHost Relay => tenant.Host;

    /// <summary>What the backend hands to a user who has signed in with it.</summary>
    public async Task<string> TokenAsync(string user, string? device = null) =>
        (await DoAsync(Backend, HttpMethod.Post, "/v1/tokens", device is null ? new { user } : new { user, device }))["token"].GetString()!;

    public async Task<HttpClient> SignedInAsync(string user) => Relay.Client(await TokenAsync(user));

    public async Task<SocketClient> DeviceAsync(string user, object? more = null) => await SocketClient.HelloAsync(Relay.Address, await TokenAsync(user), more);

    /// <summary>A room with these members; its id.</summary>
    public async Task<string> RoomAsync(object settings, params string[] members)
    {
        var asked = JsonSerializer.SerializeToNode(settings)!.AsObject();
        asked["members"] = JsonSerializer.SerializeToNode(members.Select(user => new { user }));
        return (await DoAsync(Backend, HttpMethod.Post, "/v1/rooms", asked.ToJsonString())).Id;
    }

    /// <summary>Done, whatever kind of success it is.</summary>
    public static async Task<Said> DoAsync(HttpClient by, HttpMethod method, string path, object? body = null)
    {
        var said = await by.AskAsync(method, path, body);
        Assert.True(said.Status is >= 200 and < 300, $"{method} {path}: {said}");
        return said;
    }

    public static Task<Said> PostAsync(HttpClient by, string path, object body) => DoAsync(by, HttpMethod.Post, path, body);

    /// <summary>The next message that is pushed, as `seq from: text`.</summary>
    public static async Task<string> HearAsync(SocketClient device)
    {
        while (true)
        {
            var frame = await device.NextAsync("msg");
            if (frame.GetProperty("kind").GetString() != "message") continue;
            return $"{frame.GetProperty("s").GetInt64()} {frame.GetProperty("from").GetProperty("user").GetString()}: {frame.GetProperty("body").GetProperty("text").GetString()}";
        }
    }

    /// <summary>The mails to an address that the sandbox has kept, the newest first, as their subjects.</summary>
    public async Task<IReadOnlyList<string>> MailsAsync(string address) =>
        [.. (await Backend.ReadAsync($"/v1/sandbox/emails?to={Uri.EscapeDataString(address)}"))["data"].EnumerateArray().Select(mail => mail.GetProperty("mail").GetProperty("subject").GetString()!)];
}
