using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Inbound;

/// <summary>A tenant whose mail goes through one provider that talks back.</summary>
internal sealed class InboundRig : IAsyncDisposable
{
    private InboundRig(EngineHost engine, ProviderVoice voice, Said account) => (Engine, Voice, Account) = (engine, voice, account);

    public EngineHost Engine { get; }
    public ProviderVoice Voice { get; }
    public Said Account { get; }
    public string Url { get; private set; } = "";
    public HttpClient Http => Engine.Http;

    public static async Task<InboundRig> StartAsync(EngineFixture fixture, string type, bool verified = true, bool open = true)
    {
        var (engine, voice) = (await fixture.Engine.ForAnotherTenantAsync(), ProviderVoice.Of(type));
        var account = await engine.Http.SendAsync("/v1/providers", voice.Account(verified));
        Assert.True(account.Status == 201, account.ToString());
        var rig = new InboundRig(engine, voice, account);
        if (open) rig.Url = await rig.OpenAsync();
        return rig;
    }

    /// <summary>Makes or rolls the URL.</summary>
    public async Task<string> OpenAsync(int overlap = 86_400)
    {
        var opened = await Http.SendAsync($"/v1/providers/{Account.Id}/inbound", new { overlap_s = overlap });
        Assert.True(opened.Status == 201, opened.ToString());
        return opened["url"].GetString()!;
    }

    /// <summary>A mail that the provider has taken: the notification's id and the delivery's.</summary>
    public async Task<(string Notification, string Delivery)> SentAsync(string to = "ann@example.com", object? more = null)
    {
        var said = await Engine.SendMailAsync(to, more);
        var delivery = said["deliveries.0.id"].GetString()!;
        await Engine.DeliveryReachesAsync(delivery, "sent");
        return (said.Id, delivery);
    }

    public Task<Said> TellAsync(params JsonObject[] events) => TellAsync(Voice.Sign(Engine.Now, events));

    public async Task<Said> TellAsync(ProviderVoice.Post post, string? url = null) => await post.ToAsync(Engine.Host.Anonymous, url ?? Url);

    public async Task<IReadOnlyList<string>> StoryAsync(string notification) =>
        [.. (await TimelineAsync(notification)).Select(e => e.GetProperty("type").GetString()!).Except(["accepted", "step_begun", "attempt", "step_ended"])];

    public async Task<IEnumerable<JsonElement>> TimelineAsync(string notification) =>
        (await Http.ReadAsync($"/v1/notifications/{notification}/timeline"))["data"].EnumerateArray();

    /// <summary>Until everything that was told is worked in.</summary>
    public Task WorkedInAsync() => Eventually.Async(async () => (long)(await Engine.Host.SqlAsync("select count(*) from relay.mail_reports"))! == 0);

    public ValueTask DisposeAsync() => Voice.DisposeAsync();
}
