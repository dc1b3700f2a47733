using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Notifications;

/// <summary>What a user does not want is left out when its step begins, and the route goes on.</summary>
public sealed class WishesTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<Said> WantsAsync(object preferences) => _engine.Http.AskAsync(HttpMethod.Put, "/v1/users/ann/preferences", preferences);

    private async Task<string> SendAsync(object? more = null, object? to = null)
    {
        var body = new Dictionary<string, object?> { ["to"] = to ?? new { user = "ann", email = "ann@example.com" }, ["content"] = new { subject = "Hello", text = "It works." } };
        foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name.TrimStart('@')] = property.GetValue(more);
        var said = await _engine.Http.SendAsync("/v1/notifications", body);
        Assert.True(said.Status == 202, said.ToString());
        return said.Id;
    }

    private async Task<string?> LeftOutAsync(string notification) => (await _engine.ReachesAsync(notification, "suppressed"))["deliveries.0.reason"].GetString();

    [Fact]
    public async Task The_next_step_follows_one_that_was_switched_off_and_the_timeline_says_why()
    {
        await using var receiver = FakeReceiver.Answering(200);
        await WantsAsync(new { categories = new { orders = new { email = false } } });

        var id = await SendAsync(new { category = "orders", route = new object[] { new { channel = "email" }, new { channel = "webhook" } } },
            new { user = "ann", email = "ann@example.com", webhook = new { url = receiver.Url.ToString() } });

        var sent = await _engine.ReachesAsync(id, "sent");
        Assert.Equal(["skipped", "sent"], sent["deliveries"].EnumerateArray().Select(d => d.GetProperty("status").GetString()));
        Assert.Equal(0, sent["deliveries.0.attempts"].GetInt32());
        var told = (await _engine.Http.ReadAsync($"/v1/notifications/{id}/timeline"))["data"].EnumerateArray().Single(e => e.GetProperty("type").GetString() == "step_ended" && e.GetProperty("reason").GetString() is not null);
        Assert.Equal(("step_ended", "skipped", "preference_channel"), (told.GetProperty("type").GetString(), told.GetProperty("status").GetString(), told.GetProperty("reason").GetString()));
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task A_switch_is_for_its_category_and_its_channel()
    {
        await using var receiver = FakeReceiver.Answering(200);
        await WantsAsync(new { categories = new { orders = new { email = false, webhook = true }, news = new { email = true, webhook = false } } });
        var hook = new { user = "ann", webhook = new { url = receiver.Url.ToString() } };

        Assert.Equal("preference_channel", await LeftOutAsync(await SendAsync(new { category = "orders" })));
        Assert.Equal("preference_channel", await LeftOutAsync(await SendAsync(new { category = "news" }, hook)));
        foreach (var id in (string[])[await SendAsync(), await SendAsync(new { category = "news" }), await SendAsync(new { category = "others" }), await SendAsync(new { category = "orders" }, hook)])
            await _engine.ReachesAsync(id, "sent");
        var bob = await SendAsync(new { category = "orders" }, new { user = "bob", email = "bob@example.com" });
        await _engine.ReachesAsync(bob, "sent");
    }

    [Fact]
    public async Task Whom_a_user_mutes_or_blocks_is_not_heard()
    {
        await WantsAsync(new { muted_users = new[] { "eve" } });
        await _engine.Http.AskAsync(HttpMethod.Put, "/v1/users/ann/blocks/mallory");
        await _engine.Http.AskAsync(HttpMethod.Put, "/v1/users/bob/blocks/ann"); // who blocks ann is none that ann blocks

        Assert.Equal("preference_muted_user", await LeftOutAsync(await SendAsync(new { from = "eve" })));
        Assert.Equal("preference_blocked_user", await LeftOutAsync(await SendAsync(new { from = "mallory" })));
        var heard = await SendAsync(new { from = "bob" });
        Assert.Equal("bob", (await _engine.ReachesAsync(heard, "sent"))["from"].GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_muted_room_is_muted_by_either_of_its_names(bool external)
    {
        var room = await _engine.Http.SendAsync("/v1/rooms", new { external_id = "lobby", members = new[] { new { user = "ann" }, new { user = "bob" } } });
        foreach (var user in (string[])["ann", "bob"]) await _engine.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}", new { email = $"{user}@example.com" });
        await WantsAsync(new { muted_rooms = new[] { "ext:elsewhere", external ? "ext:lobby" : room.Id } });

        var group = (await _engine.Http.SendAsync("/v1/notifications", new { to = new { room = room.Id }, content = new { subject = "x", text = "x" } }))["group_id"].GetString();

        var all = await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications?group={group}"), said => said["data"].EnumerateArray().Count(n => n.GetProperty("status").GetString() is "sent" or "suppressed") == 2);
        var reasons = all["data"].EnumerateArray().ToDictionary(n => n.GetProperty("to").GetProperty("user").GetString()!, n => n.GetProperty("deliveries")[0].GetProperty("reason").GetString());
        Assert.Equal(("preference_muted_room", null), (reasons["ann"], reasons["bob"]));
    }

    [Fact]
    public async Task It_is_asked_when_the_step_begins_not_when_it_is_accepted()
    {
        var later = await SendAsync(new { category = "orders", send_at = _engine.Now.AddHours(2) });
        await WantsAsync(new { categories = new { orders = new { email = false } } });
        await _engine.Host.TimePasses(TimeSpan.FromHours(3));
        Assert.Equal("preference_channel", await LeftOutAsync(later));
        await WantsAsync(new { });
        Assert.Equal(202, (await _engine.Http.SendAsync($"/v1/notifications/{later}/resend", new { })).Status);
        await _engine.ReachesAsync(later, "sent");
    }

    [Fact]
    public async Task A_mail_that_is_not_wanted_takes_nothing_from_what_the_address_may_get()
    {
        await using var api = new Providers.FakeMailApi();
        await api.AccountAsync(_engine.Http);
        await _engine.Host.Operator.ChangeAsync($"/v1/tenants/{_engine.Tenant.Id}", new { recipient_per_hour = 1 });
        await WantsAsync(new { categories = new { news = new { email = false } } });
        for (var n = 0; n < 3; n++) Assert.Equal("preference_channel", await LeftOutAsync(await SendAsync(new { category = "news" })));
        await _engine.ReachesAsync(await SendAsync(new { category = "orders" }), "sent");
    }

    [Fact]
    public async Task An_erasure_takes_the_name_of_whose_doing_it_was()
    {
        var id = await SendAsync(new { from = "eve" });
        await _engine.ReachesAsync(id, "sent");
        var job = await _engine.Http.SendAsync("/v1/erasures", new { user = "eve" });
        await Eventually.Async(async () => (await _engine.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await _engine.Http.ReadAsync($"/v1/notifications/{id}"))["from"].ValueKind);
    }
}
