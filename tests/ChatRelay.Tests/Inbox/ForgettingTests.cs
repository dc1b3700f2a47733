using ChatRelay.TestKit;

namespace ChatRelay.Tests.Inbox;

/// <summary>What was shown to somebody is gone when it is to be.</summary>
public sealed class ForgettingTests(InboxFixture shared) : IClassFixture<InboxFixture>
{
    private readonly InboxHost inbox = shared.Inbox;
    private readonly string user = InboxHost.NewUser();

    [Fact]
    public async Task Erased_content_is_put_away_on_every_device()
    {
        var sent = await inbox.ShowAsync(user, "secret of ann", new { within_s = 600 }, InboxHost.Mail);
        await inbox.HoldsAsync(user, 1);
        await using var device = await inbox.OpenAsync(user);
        await device.NextAsync("inbox");
        Assert.Equal(204, (await inbox.Http.RemoveAsync($"/v1/notifications/{sent.Id}/content")).Status);
        Assert.Equal("2 archived 1", await InboxHost.NextAsync(device));
        Assert.Equal((0, 0), ((await inbox.ReadAsync(user))["data"].GetArrayLength(), (await inbox.ReadAsync(user))["unread"].GetInt32()));
        Assert.Equal(["websocket canceled", "email canceled"], await inbox.StepsAsync(sent.Id));
        Assert.Equal(0L, await inbox.Host.SqlAsync("select count(*) from relay.inbox_entries e where e::text like '%secret of ann%'"));
        Assert.Equal(204, (await inbox.Http.RemoveAsync($"/v1/notifications/{sent.Id}/content")).Status); // again: nothing more
        Assert.Equal(2, (await inbox.ReadAsync(user))["head"].GetInt64());
    }

    [Fact]
    public async Task An_erased_persons_inbox_is_gone_and_begins_anew_under_another_epoch()
    {
        var other = InboxHost.NewUser();
        await inbox.ShowAsync(user, "secret of ann");
        await inbox.ShowAsync(other, "of the other");
        await inbox.HoldsAsync(user, 1);
        await inbox.HoldsAsync(other, 1);
        var epoch = (await inbox.ReadAsync(user))["epoch"].GetString();
        await using var device = await inbox.OpenAsync(user);
        await device.NextAsync("inbox");
        var job = await inbox.Http.SendAsync("/v1/erasures", new { user });
        await Eventually.Async(async () => (await inbox.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Equal(0L, await inbox.Host.SqlAsync("select count(*) from relay.inbox_heads where user_id = $1", user));
        Assert.Equal(0L, await inbox.Host.SqlAsync("select count(*) from relay.inbox_entries e where e::text like '%secret of ann%'"));
        await device.NextAsync("inbox.gone");
        await inbox.ShowAsync(user, "new life");
        await inbox.HoldsAsync(user, 1);
        Assert.NotEqual(epoch, (await inbox.ReadAsync(user))["epoch"].GetString());
        Assert.Equal(1, (await inbox.ReadAsync(other))["unread"].GetInt64());
    }

    [Fact]
    public async Task A_deleted_tenants_inboxes_go_with_it()
    {
        var tenant = await inbox.Host.NewTenantAsync();
        await tenant.Http.SendAsync("/v1/notifications", new { to = new { user }, content = new { text = "hi" }, route = new[] { new { channel = "websocket" } } });
        await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/users/{user}/inbox"))["unread"].GetInt64() == 1);
        await inbox.Host.Operator.RemoveAsync($"/v1/tenants/{tenant.Id}");
        await Eventually.Async(async () => (long)(await inbox.Host.SqlAsync("select (select count(*) from relay.inbox_heads where user_id = $1) + (select count(*) from relay.inbox_entries e join relay.inbox_heads h on h.id = e.inbox_id where h.user_id = $1)", user))! == 0);
    }
}
