using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Inbox;

/// <summary>The inbox by REST and on sockets: what is shown, what becomes of it, and how a device goes on.</summary>
public sealed class InboxTests(InboxFixture shared) : IClassFixture<InboxFixture>
{
    private readonly InboxHost inbox = shared.Inbox;
    private readonly string user = InboxHost.NewUser();

    [Fact]
    public async Task Who_comes_just_as_the_first_notification_of_all_is_shown_gets_it()
    {
        Task<SocketClient> coming;
        await using (var stuck = await StuckCommit.OfAsync(inbox.Host, "inbox_heads", $"new.user_id = '{user}'"))
        {
            await inbox.ShowAsync(user);
            await stuck.HappensAsync(); // it stands in an inbox that nobody sees yet
            coming = inbox.OpenAsync(user);
            await Eventually.Async(async () => await inbox.Host.SqlAsync("select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into inbox_heads%' and datname = current_database())") is true);
        }
        await using var device = await coming;
        Assert.Equal("1 inbox hi", await InboxHost.NextAsync(device));
    }

    [Fact]
    public async Task A_notification_comes_to_every_device_and_what_becomes_of_it_too()
    {
        await using var phone = await inbox.OpenAsync(user, new { device = "phone" });
        await using var laptop = await inbox.OpenAsync(user);
        Assert.Equal((0, 0, "current"), (phone.Welcome.GetProperty("inbox").GetProperty("head").GetInt64(), phone.Welcome.GetProperty("inbox").GetProperty("unread").GetInt64(), phone.Welcome.GetProperty("inbox").GetProperty("state").GetString()));

        var sent = await inbox.ShowAsync(user, new { text = "hi", data = new { n = 1.50m } }, new { category = "orders", metadata = new { order = 7 }, tags = new[] { "a" }, external_id = "o-7" }, null);
        var frame = await phone.NextAsync();
        Assert.Equal("1 inbox hi", InboxHost.Line(frame));
        Assert.Equal((sent.Id, "new"), (frame.GetProperty("id").GetString(), frame.GetProperty("state").GetString()));
        Assert.Equal("""{"category":"orders","external_id":"o-7","tags":["a"],"metadata":{"order":7},"content":{"text":"hi","data":{"n":1.50}}}""", frame.GetProperty("notification").GetRawText());
        Assert.Equal("1 inbox hi", await InboxHost.NextAsync(laptop));

        var acked = await phone.DoAsync("ack", new { s = 1 });
        Assert.Equal(("acked", 1, 2), (acked.GetProperty("entry").GetProperty("state").GetString(), acked.GetProperty("unread").GetInt64(), acked.GetProperty("head").GetInt64()));
        Assert.Equal("2 acked 1", await InboxHost.NextAsync(laptop));
        Assert.Equal("2 acked 1", await InboxHost.NextAsync(phone));
        await inbox.ReachesAsync(sent.Id, "delivered");

        await laptop.DoAsync("inbox.read", new { ntf = sent.Id });
        Assert.Equal("3 read 1", await InboxHost.NextAsync(phone));
        await inbox.ReachesAsync(sent.Id, "read");
        await inbox.MoveAsync(user, sent.Id, "archive");
        Assert.Equal("4 archived 1", await InboxHost.NextAsync(phone));
        Assert.Equal(0, (await inbox.ReadAsync(user))["data"].GetArrayLength());
        Assert.Equal(sent.Id, (await inbox.ReadAsync(user, "?state=archived"))["data.0.id"].GetString());
        Assert.Equal(["accepted", "websocket step_begun first_step", "websocket step_ended read", "websocket acked phone", "websocket read", "websocket archived"],
            await inbox.TimelineAsync(sent.Id));
    }

    [Fact]
    public async Task What_is_said_twice_stands_and_takes_no_number()
    {
        var sent = await inbox.ShowAsync(user);
        await inbox.HoldsAsync(user, 1);
        foreach (var act in (string[])["read", "ack", "read"])
        {
            var said = await inbox.MoveAsync(user, sent.Id, act);
            Assert.Equal(("read", 2, 0), (said["entry.state"].GetString(), said["head"].GetInt64(), said["unread"].GetInt64()));
        }
        Assert.Equal(404, (await inbox.MoveAsync(InboxHost.NewUser(), sent.Id, "ack")).Status); // of another user
        await using var device = await inbox.OpenAsync(user);
        Assert.Equal("not_found", await device.FailAsync("ack", new { s = 2 })); // a state is no notification
        Assert.Equal("epoch_changed", await device.FailAsync("ack", new { s = 1, e = "1.1-0" }));
    }

    [Fact]
    public async Task A_user_reads_their_own_inbox_and_nobody_elses()
    {
        await inbox.ShowAsync(user);
        await inbox.HoldsAsync(user, 1);
        using var own = await inbox.AsAsync(user);
        using var other = await inbox.AsAsync("somebody_else");
        Assert.Equal(1, (await own.ReadAsync($"/v1/users/{user}/inbox"))["unread"].GetInt64());
        Assert.Equal(200, (await own.AskAsync(HttpMethod.Post, $"/v1/users/{user}/inbox/read-all")).Status);
        Assert.Equal(403, (await other.ReadAsync($"/v1/users/{user}/inbox")).Status);
        Assert.Equal(403, (await other.AskAsync(HttpMethod.Post, $"/v1/users/{user}/inbox/read-all")).Status);
    }

    [Fact]
    public async Task Lists_are_paged_and_filtered()
    {
        for (var n = 0; n < 5; n++) await inbox.ShowAsync(user, new { text = $"{n}" }, new { category = n % 2 == 0 ? "even" : "odd" }, null);
        await inbox.HoldsAsync(user, 5);
        Assert.Equal(["4", "3", "2", "1", "0"], await PagesAsync("?limit=2"));
        Assert.Equal(["4", "2", "0"], await PagesAsync("?limit=2&category=even"));
        var third = (await inbox.ReadAsync(user))["data.2.id"].GetString()!;
        await inbox.MoveAsync(user, third, "read");
        Assert.Equal(["4", "0"], await PagesAsync("?limit=1&category=even&state=unread"));
        Assert.Equal(["4", "3", "1", "0"], await PagesAsync("?limit=3&state=unread"));
        await inbox.MoveAsync(user, third, "archive");
        Assert.Equal(["2"], await PagesAsync("?state=archived&category=even"));
        Assert.Equal(["4", "3", "1", "0"], await PagesAsync("?limit=3"));
        await using var device = await inbox.OpenAsync(user);
        var listed = await device.DoAsync("inbox.list", new { state = "unread", limit = 3 });
        Assert.Equal((4, 3, true), (listed.GetProperty("unread").GetInt64(), listed.GetProperty("entries").GetArrayLength(), listed.GetProperty("more").GetBoolean()));

        async Task<List<string>> PagesAsync(string query)
        {
            var (all, cursor) = (new List<string>(), "");
            while (true)
            {
                var page = await inbox.ReadAsync(user, query + cursor);
                all.AddRange(page["data"].EnumerateArray().Select(e => e.GetProperty("notification").GetProperty("content").GetProperty("text").GetString()!));
                if (!page["has_more"].GetBoolean()) return all;
                cursor = $"&after={page["next_cursor"].GetString()}";
            }
        }
    }

    [Fact]
    public async Task All_are_read_at_once_and_the_routes_that_wait_hear_of_it()
    {
        var waits = await inbox.ShowAsync(user, "waits", new { until = "read", within_s = 60 }, InboxHost.Mail);
        var acked = await inbox.ShowAsync(user, "acked");
        await inbox.HoldsAsync(user, 2);
        await inbox.MoveAsync(user, acked.Id, "ack");
        await using var device = await inbox.OpenAsync(user, new { resume = new { inbox = new { e = (await inbox.ReadAsync(user))["epoch"].GetString(), s = 3 } } });
        var said = await device.DoAsync("inbox.read_all");
        Assert.Equal((0, 4), (said.GetProperty("unread").GetInt64(), said.GetProperty("head").GetInt64()));
        Assert.Equal("4 read up to 3", await InboxHost.NextAsync(device));
        await inbox.ReachesAsync(waits.Id, "read");
        await inbox.ReachesAsync(acked.Id, "read");
        Assert.Equal(["websocket read", "email skipped earlier_step_reached"], await inbox.StepsAsync(waits.Id));
        Assert.Equal(0, (await inbox.ReadAsync(user, "?state=unread"))["data"].GetArrayLength());
        Assert.Equal(4, (await device.DoAsync("inbox.read_all")).GetProperty("head").GetInt64()); // nothing more to read

        await inbox.ShowAsync(user, "later");
        await inbox.HoldsAsync(user, 3);
        Assert.Equal(1, (await inbox.ReadAsync(user))["unread"].GetInt64());
    }

    [Fact]
    public async Task A_device_goes_on_from_its_number()
    {
        for (var n = 1; n <= 3; n++) await inbox.ShowAsync(user, $"{n}");
        await inbox.HoldsAsync(user, 3);
        var epoch = (await inbox.ReadAsync(user))["epoch"].GetString();
        await using var late = await inbox.OpenAsync(user, new { resume = new { inbox = new { e = epoch, s = 1 } } });
        Assert.Equal("replaying", late.Welcome.GetProperty("inbox").GetProperty("state").GetString());
        Assert.Equal(["2 inbox 2", "3 inbox 3"], [await InboxHost.NextAsync(late), await InboxHost.NextAsync(late)]);
        await inbox.ShowAsync(user, "4");
        Assert.Equal("4 inbox 4", await InboxHost.NextAsync(late));

        await using var old = await inbox.OpenAsync(user, new { resume = new { inbox = new { e = "1.1-0", s = 1 } } });
        Assert.Equal("reset", old.Welcome.GetProperty("inbox").GetProperty("state").GetString());
        var synced = await old.DoAsync("inbox.sync", new { e = epoch, after = 0, limit = 3 });
        Assert.Equal(["1 inbox 1", "2 inbox 2", "3 inbox 3"], synced.GetProperty("entries").EnumerateArray().Select(InboxHost.Line));
        Assert.True(synced.GetProperty("more").GetBoolean());
    }

    [Fact]
    public async Task Who_is_far_behind_pages_and_then_follows()
    {
        await inbox.ShowAsync(user, "first");
        await inbox.HoldsAsync(user, 1);
        var epoch = (await inbox.ReadAsync(user))["epoch"].GetString();
        await inbox.Host.SqlAsync("""
            with h as (update relay.inbox_heads set head = head + 1500 where user_id = $1 returning tenant_id, id)
            insert into relay.inbox_entries (tenant_id, inbox_id, seq, kind, about, state, expires_at) select h.tenant_id, h.id, n, 'read_all', 1, 2, relay.now() + interval '1 day' from h, generate_series(2, 1501) n where n <> 300
            """, user);
        await using var late = await inbox.OpenAsync(user, new { resume = new { inbox = new { e = epoch, s = 0 } } });
        Assert.Equal("gap", late.Welcome.GetProperty("inbox").GetProperty("state").GetString());
        var (after, lines) = (0L, new List<string>());
        while (true)
        {
            var page = await late.DoAsync("inbox.sync", new { e = epoch, after });
            lines.AddRange(page.GetProperty("entries").EnumerateArray().Select(InboxHost.Line));
            after += 200;
            if (!page.GetProperty("more").GetBoolean()) break;
        }
        Assert.Equal(1501, lines.Count);
        Assert.Equal("300-300 skip", lines[299]);
        await inbox.ShowAsync(user, "now");
        Assert.Equal("1502 inbox now", await InboxHost.NextAsync(late));
    }

    [Fact]
    public async Task A_notification_that_is_sent_again_moves_to_a_new_number()
    {
        var sent = await inbox.ShowAsync(user, "again");
        await inbox.HoldsAsync(user, 1);
        await inbox.MoveAsync(user, sent.Id, "ack");
        await using var device = await inbox.OpenAsync(user);
        Assert.Equal(202, (await inbox.Http.AskAsync(HttpMethod.Post, $"/v1/notifications/{sent.Id}/resend")).Status);
        Assert.Equal("3 inbox again", await InboxHost.NextAsync(device));
        var list = await inbox.ReadAsync(user);
        Assert.Equal((1, 1, 3), (list["data"].GetArrayLength(), list["unread"].GetInt64(), list["data.0.seq"].GetInt64()));
        await device.DoAsync("ack", new { s = 3 });
        await inbox.ReachesAsync(sent.Id, "delivered");
        var synced = await device.DoAsync("inbox.sync", new { e = list["epoch"].GetString(), after = 0 });
        Assert.Equal(["1-1 skip", "2 acked 1", "3 inbox again", "4 acked 3"], synced.GetProperty("entries").EnumerateArray().Select(InboxHost.Line));
    }

    [Fact]
    public async Task Ciphertext_comes_back_as_it_was_given()
    {
        await using var device = await inbox.OpenAsync(user);
        const string encrypted = """{"alg":"x3dh","ciphertext":"AAEC/w==","header":{"n":1e2}}""";
        await inbox.ShowAsync(user, new { subject = "Hello", text = "You have a message." }, null, new { content = new { text = (string?)"sealed", encrypted = JsonSerializer.Deserialize<JsonElement>(encrypted) } }, InboxHost.Mail);
        Assert.Equal(encrypted, (await device.NextAsync()).GetProperty("notification").GetProperty("content").GetProperty("encrypted").GetRawText());
    }
}
