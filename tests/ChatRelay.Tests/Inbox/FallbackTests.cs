using ChatRelay.TestKit;

namespace ChatRelay.Tests.Inbox;

/// <summary>The step `websocket` on a route: who is there ends it, who is not is waited for, and then the next one begins, once.</summary>
public sealed class FallbackTests(InboxFixture shared) : IClassFixture<InboxFixture>
{
    private readonly InboxHost inbox = shared.Inbox;
    private readonly string user = InboxHost.NewUser();

    [Fact]
    public async Task Nobody_there_is_waited_for_and_then_a_mail_goes_out_once_and_a_late_ack_undoes_nothing()
    {
        var sent = await inbox.ShowAsync(user, "hi", new { within_s = 60 }, InboxHost.Mail);
        await inbox.HoldsAsync(user, 1);
        Assert.Equal(["websocket queued", "email waiting"], await inbox.StepsAsync(sent.Id));
        var waits = await inbox.Http.ReadAsync($"/v1/deliveries/{(await inbox.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["deliveries.0.id"].GetString()}/why");
        Assert.Equal("recipient", waits["waits_for"].GetString());

        await inbox.Host.TimePasses(TimeSpan.FromSeconds(59));
        Assert.Equal(["websocket queued", "email waiting"], await inbox.StepsAsync(sent.Id));
        await inbox.Host.TimePasses(TimeSpan.FromSeconds(1));
        await inbox.ReachesAsync(sent.Id, "sent");
        Assert.Equal(["websocket expired within_s", "email sent"], await inbox.StepsAsync(sent.Id));

        await using var device = await inbox.OpenAsync(user, new { device = "phone" });
        Assert.Equal("acked", (await device.DoAsync("ack", new { s = 1 })).GetProperty("entry").GetProperty("state").GetString());
        Assert.Equal(["websocket expired within_s", "email sent"], await inbox.StepsAsync(sent.Id));
        Assert.Equal(1, await inbox.MailsAsync(sent.Id));
        var story = await inbox.TimelineAsync(sent.Id);
        Assert.Equal(["accepted", "websocket step_begun first_step", "websocket step_ended expired within_s", "email step_begun earlier_step_expired"], story[..4]);
        Assert.Equal("websocket acked phone", story[^1]);
    }

    [Fact]
    public async Task A_device_that_comes_within_the_time_gets_it_and_its_ack_spares_the_mail()
    {
        var sent = await inbox.ShowAsync(user, "hi", new { within_s = 60 }, InboxHost.Mail);
        await inbox.HoldsAsync(user, 1);
        await using var late = await inbox.OpenAsync(user); // it has no position
        Assert.Equal("1 inbox hi", await InboxHost.NextAsync(late));
        await late.DoAsync("ack", new { s = 1 });
        await inbox.Host.TimePasses(TimeSpan.FromMinutes(5));
        Assert.Equal(["websocket delivered", "email skipped earlier_step_reached"], await inbox.StepsAsync(sent.Id));
        Assert.Equal("delivered", (await inbox.ReachesAsync(sent.Id, "delivered"))["status"].GetString());
        Assert.Equal(0, await inbox.MailsAsync(sent.Id));
    }

    [Fact]
    public async Task Until_read_an_ack_is_not_enough()
    {
        var sent = await inbox.ShowAsync(user, "hi", new { until = "read", within_s = 60 }, InboxHost.Mail);
        await inbox.HoldsAsync(user, 1);
        await inbox.MoveAsync(user, sent.Id, "ack");
        Assert.Equal(["websocket delivered", "email waiting"], await inbox.StepsAsync(sent.Id));
        await inbox.Host.TimePasses(TimeSpan.FromSeconds(61));
        await Eventually.Async(async () => (await inbox.StepsAsync(sent.Id))[1] == "email sent");
        Assert.Equal("websocket delivered", (await inbox.StepsAsync(sent.Id))[0]);
        Assert.Contains("email step_begun earlier_step_delivered", await inbox.TimelineAsync(sent.Id));
        await inbox.MoveAsync(user, sent.Id, "read");
        await inbox.ReachesAsync(sent.Id, "read");
        Assert.Equal(1, await inbox.MailsAsync(sent.Id));
    }

    [Fact]
    public async Task Steps_are_left_out_by_who_is_connected_as_they_begin()
    {
        var offline = await inbox.ShowAsync(user, "hi", new { skip_if = "offline", within_s = 600 }, InboxHost.Mail);
        await inbox.ReachesAsync(offline.Id, "sent");
        Assert.Equal(["websocket skipped offline", "email sent"], await inbox.StepsAsync(offline.Id));
        Assert.Equal(0, (await inbox.ReadAsync(user))["data"].GetArrayLength());

        await using var device = await inbox.OpenAsync(user);
        var online = await inbox.ShowAsync(user, "hi", new { skip_if = "online", within_s = 600 }, InboxHost.Mail);
        await inbox.ReachesAsync(online.Id, "sent");
        Assert.Equal(["websocket skipped online", "email sent"], await inbox.StepsAsync(online.Id));
        var shown = await inbox.ShowAsync(user, "hi", new { skip_if = "offline", within_s = 600 }, InboxHost.Mail);
        Assert.Equal("1 inbox hi", await InboxHost.NextAsync(device));
        Assert.Equal(["websocket queued", "email waiting"], await inbox.StepsAsync(shown.Id));
    }

    [Fact]
    public async Task A_screen_that_the_user_switched_off_is_left_out_and_what_was_said_a_moment_before_the_step_begins_counts()
    {
        await inbox.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}/preferences", new { categories = new { orders = new { websocket = false } } });
        var off = await inbox.ShowAsync(user, new { subject = "Hello", text = "off" }, new { category = "orders" }, new { within_s = 600 }, InboxHost.Mail);
        await inbox.ReachesAsync(off.Id, "sent");
        Assert.Equal(["websocket skipped preference_channel", "email sent"], await inbox.StepsAsync(off.Id));
        Assert.Contains("websocket step_ended skipped preference_channel", await inbox.TimelineAsync(off.Id));

        var later = await inbox.ShowAsync(user, new { subject = "Hello", text = "later" }, new { category = "news", send_at = inbox.Now.AddMinutes(10) }, new { within_s = 600 }, InboxHost.Mail);
        await inbox.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}/preferences", new { categories = new { news = new { websocket = false, email = false } } });
        await inbox.Host.TimePasses(TimeSpan.FromMinutes(11));
        await inbox.ReachesAsync(later.Id, "suppressed");
        Assert.Equal(["websocket skipped preference_channel", "email skipped preference_channel"], await inbox.StepsAsync(later.Id));
        Assert.Equal(0, (await inbox.ReadAsync(user))["data"].GetArrayLength());
    }

    [Fact]
    public async Task A_screen_may_come_after_a_mail_that_failed()
    {
        var sent = await inbox.Http.SendAsync("/v1/notifications", new
        {
            to = new { user, webhook = new { url = "http://127.0.0.1:1/" } },
            content = new { text = "second best" },
            route = new object[] { new { channel = "webhook", within_s = 60 }, new { channel = "websocket", content = new { text = "on screen" } } },
        });
        Assert.Equal(202, sent.Status);
        await inbox.Host.TimePasses(TimeSpan.FromMinutes(2));
        await inbox.HoldsAsync(user, 1);
        Assert.Equal("on screen", (await inbox.ReadAsync(user))["data.0.notification.content.text"].GetString());
        await inbox.MoveAsync(user, sent.Id, "ack");
        await inbox.ReachesAsync(sent.Id, "delivered");
    }

    [Fact]
    public async Task Of_an_ack_and_the_end_of_the_time_one_wins_and_nobody_gets_both()
    {
        const int Many = 40;
        var sent = new List<string>();
        for (var n = 0; n < Many; n++) sent.Add((await inbox.ShowAsync(user, $"{n}", new { within_s = 60 }, InboxHost.Mail)).Id);
        await inbox.HoldsAsync(user, Many);
        await inbox.Host.TimePasses(TimeSpan.FromSeconds(59.5)); // half a second is left: acks come before, while and after it ends
        await Task.WhenAll(sent.Select(async id => Assert.Equal(200, (await inbox.MoveAsync(user, id, "ack")).Status)).Append(inbox.Host.TimePasses(TimeSpan.FromSeconds(1))));
        foreach (var id in sent)
        {
            await Eventually.Async(async () => (await inbox.Http.ReadAsync($"/v1/notifications/{id}"))["status"].GetString() is "delivered" or "sent");
            var steps = await inbox.StepsAsync(id);
            Assert.Contains(string.Join(", ", steps), (string[])["websocket delivered, email skipped earlier_step_reached", "websocket expired within_s, email sent"]);
            Assert.Equal(steps[1] == "email sent" ? 1 : 0, await inbox.MailsAsync(id));
        }
        Assert.All((await inbox.ReadAsync(user, "?limit=100"))["data"].EnumerateArray(), e => Assert.Equal("acked", e.GetProperty("state").GetString())); // late or not, it is recorded
    }

    [Fact]
    public async Task A_scheduled_one_begins_at_its_time_and_its_clock_with_it()
    {
        var sent = await inbox.ShowAsync(user, new { subject = "Later", text = "later" }, new { send_at = inbox.Now.AddHours(1) }, new { within_s = 60 }, InboxHost.Mail);
        Assert.Equal("scheduled", sent["status"].GetString());
        await inbox.Host.TimePasses(TimeSpan.FromMinutes(30));
        Assert.Equal(0, (await inbox.ReadAsync(user))["data"].GetArrayLength());
        await inbox.Host.TimePasses(TimeSpan.FromMinutes(31));
        await inbox.HoldsAsync(user, 1);
        Assert.Equal(["websocket queued", "email waiting"], await inbox.StepsAsync(sent.Id));
        await inbox.Host.TimePasses(TimeSpan.FromSeconds(60));
        await inbox.ReachesAsync(sent.Id, "sent");
    }

    [Fact]
    public async Task A_cancel_ends_the_wait_and_an_expiry_too()
    {
        var (canceled, expired) = (await inbox.ShowAsync(user, "one"), await inbox.ShowAsync(user, new { text = "two" }, new { expires_at = inbox.Now.AddMinutes(10) }, null));
        await inbox.HoldsAsync(user, 2);
        Assert.Equal(200, (await inbox.Http.AskAsync(HttpMethod.Post, $"/v1/notifications/{canceled.Id}/cancel")).Status);
        Assert.Equal(["websocket canceled"], await inbox.StepsAsync(canceled.Id));
        await inbox.Host.TimePasses(TimeSpan.FromMinutes(11));
        await inbox.ReachesAsync(expired.Id, "expired");
        Assert.Equal(["websocket expired expires_at"], await inbox.StepsAsync(expired.Id));
        await Eventually.Async(async () => (await inbox.ReadAsync(user)) is var list && list["data"].GetArrayLength() == 1 && list["unread"].GetInt64() == 1); // it went with its time
        Assert.Equal(0L, await inbox.Host.SqlAsync("select count(*) from relay.queue where target = $1", user));
    }

    [Fact]
    public async Task A_held_step_begins_when_it_is_let_go()
    {
        var later = inbox.Now.AddMinutes(1);
        var sent = await inbox.ShowAsync(user, new { text = "held" }, new { send_at = later }, null);
        await inbox.Host.Operator.SendAsync("/v1/ops/hold", new { channel = "websocket" });
        await Eventually.Async(async () => (await inbox.StepsAsync(sent.Id))[0] == "websocket held");
        await inbox.Host.TimePasses(TimeSpan.FromMinutes(2));
        Assert.Equal(0, (await inbox.ReadAsync(user))["data"].GetArrayLength());
        await inbox.Host.Operator.SendAsync("/v1/ops/release", new { channel = "websocket" });
        await inbox.HoldsAsync(user, 1);
    }
}
