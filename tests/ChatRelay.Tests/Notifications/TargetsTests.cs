using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Notifications;

/// <summary>Whom a notification goes to: a user by the record's address, several, a room's members.</summary>
public sealed class TargetsTests(RoomFixture fixture) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await fixture.Rooms.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Dictionary<string, object?> Hello(object to, object? route = null) => new Dictionary<string, object?> { ["to"] = to, ["content"] = new { subject = "Hello", text = "It works." }, ["route"] = route }.Where(p => p.Value is not null).ToDictionary();

    private async Task KnowAsync(params string[] users)
    {
        foreach (var user in users) await _host.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}", new { email = $"{user}@example.com" });
    }

    private Task<Said> MadeAsync(string group) => EngineHost.UntilAsync(() => _host.Http.ReadAsync($"/v1/notification-groups/{group}"), said => said["status"].GetString() == "made");

    private async Task<IReadOnlyList<string>> MailedAsync() =>
        [.. (await _host.Http.ReadAsync("/v1/sandbox/emails?limit=100"))["data"].EnumerateArray().Select(m => m.GetProperty("mail").GetProperty("to").GetProperty("email").GetString()!).Order(StringComparer.Ordinal)];

    private Task MailsAsync(params string[] to) => Eventually.Async(async () => (await MailedAsync()).SequenceEqual(to));

    [Fact]
    public async Task A_user_is_mailed_at_the_address_of_the_record_unless_the_request_names_one()
    {
        await KnowAsync("ann");
        var sent = await _host.Http.SendAsync("/v1/notifications", Hello(new { user = "ann" }));
        await _host.Http.SendAsync("/v1/notifications", Hello(new { user = "ann", email = "elsewhere@example.com" }));

        Assert.Equal(202, sent.Status);
        await MailsAsync("ann@example.com", "elsewhere@example.com");
        Assert.Equal("""{"user":"ann"}""", (await _host.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["to"].GetRawText());
        var batch = await _host.Http.SendAsync("/v1/notifications/batch", new { notifications = new[] { Hello(new { user = "ann" }), Hello(new { user = "nobody" }) } });
        Assert.Equal("queued", batch["data.0.status"].GetString());
        Assert.Equal("/to/email", batch["data.1.problem.errors.0.pointer"].GetString());
        Assert.Equal("ann@example.com", (await _host.Http.SendAsync("/v1/notifications/preview", Hello(new { user = "ann" })))["steps.0.mail.to.email"].GetString());
    }

    [Fact]
    public async Task One_person_without_any_address_is_refused_and_one_of_several_is_left_out()
    {
        await KnowAsync("ann");
        Assert.Equal(["/to/email missing"], (await _host.Http.SendAsync("/v1/notifications", Hello(new { user = "bob" }))).Faults);

        var sent = await _host.Http.SendAsync("/v1/notifications", Hello(new { users = new[] { "ann", "bob" } }));

        Assert.Equal(202, sent.Status);
        var bob = sent["notifications.1.id"].GetString();
        await EngineHost.UntilAsync(() => _host.Http.ReadAsync($"/v1/notifications/{bob}"), n => n["status"].GetString() == "suppressed");
        var delivery = (await _host.Http.ReadAsync($"/v1/notifications/{bob}"))["deliveries.0"];
        Assert.Equal(("skipped", "no_address", 0), (delivery.GetProperty("status").GetString(), delivery.GetProperty("reason").GetString(), delivery.GetProperty("attempts").GetInt32()));
        await MailsAsync("ann@example.com");
        var group = await _host.Http.ReadAsync($"/v1/notification-groups/{sent["group_id"].GetString()}");
        Assert.Equal(("made", 2L), (group["status"].GetString(), group["made"].GetInt64()));
        Assert.Equal("""{"user":"bob"}""", (await _host.Http.ReadAsync($"/v1/notifications/{bob}"))["to"].GetRawText()); // nobody's names the others
    }

    [Fact]
    public async Task Each_member_of_a_room_gets_one_but_for_those_who_are_left_out_banned_or_gone()
    {
        var users = Enumerable.Range(0, 450).Select(n => $"u{n:000}").ToArray();
        var room = await _host.RoomAsync(new { external_id = "lobby" }, users);
        await KnowAsync("u000", "u003", "u449");
        await _host.Http.RemoveAsync($"{room}/members/u001");
        await _host.Http.AskAsync(HttpMethod.Put, $"{room}/members/u002", new { banned_until = DateTimeOffset.UtcNow.AddDays(1) });

        var sent = await _host.Http.SendAsync("/v1/notifications", Hello(new { room = "ext:lobby", except = new[] { "u003", "nobody" } }), "once");
        var again = await _host.Http.SendAsync("/v1/notifications", Hello(new { room = "ext:lobby", except = new[] { "u003", "nobody" } }), "once");

        var group = sent["group_id"].GetString()!;
        Assert.Equal((202, sent.Text), (sent.Status, again.Text));
        Assert.Equal(447, (await MadeAsync(group))["made"].GetInt64());
        Assert.Equal((447, 447), (await _host.CountAsync("notifications", "distinct to_user"), await _host.CountAsync("notifications")));
        await MailsAsync("u000@example.com", "u449@example.com");
        await Eventually.Async(async () => (await _host.Http.ReadAsync($"/v1/notifications?group={group}&limit=100&status=sent"))["data"].GetArrayLength() == 2); // settled after the mails are there
        Assert.Equal(0, await _host.CountAsync("notification_groups", "request")); // what was said is kept where it was sent from
    }

    [Fact]
    public async Task What_names_a_room_is_checked_at_once()
    {
        var theirs = await (await _host.Host.NewTenantAsync()).Http.SendAsync("/v1/rooms", new { });
        var foreign = await _host.Http.SendAsync("/v1/notifications", Hello(new { room = theirs.Id }));
        var unknown = await _host.Http.SendAsync("/v1/notifications", Hello(new { room = "ext:nowhere" }));
        Assert.Equal(["/to/room not_found"], unknown.Faults);
        Assert.Equal(unknown["errors"].GetRawText(), foreign["errors"].GetRawText());
        Assert.Equal(["/to/room invalid_format", "/to/room not_allowed", "/to/email not_allowed"], (await _host.Http.SendAsync("/v1/notifications", Hello(new { room = "lobby", user = "ann", email = "a@example.com" }))).Faults);
        Assert.Equal(["/to/except not_allowed"], (await _host.Http.SendAsync("/v1/notifications", Hello(new { user = "ann", except = new[] { "bob" } }))).Faults);
        var room = await _host.RoomAsync(null, "ann");
        Assert.Equal(["/content too_large"], (await _host.Http.SendAsync("/v1/notifications", new { to = new { room = room[10..] }, content = new { subject = "x", text = new string('x', 70_000) } })).Faults);
        Assert.Equal(202, (await _host.Http.SendAsync("/v1/notifications", Hello(new { room = room[10..] }))).Status);
        Assert.Equal(["/to not_allowed"], (await _host.Http.SendAsync("/v1/notifications/batch", new { notifications = new[] { Hello(new { room = room[10..] }) }, mode = "all_or_nothing" })).Faults.Select(f => f.Replace("/notifications/0", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_batch_that_fails_leaves_nothing_and_is_made_again_whole()
    {
        var room = await _host.RoomAsync(null, [.. Enumerable.Range(0, 450).Select(n => $"u{n:000}")]);
        await _host.Host.SqlAsync("""
            create function relay.falls() returns trigger language plpgsql as $$ begin raise exception 'in the middle'; end $$;
            create trigger falls before update on relay.notification_groups for each row when (new.made > 200) execute function relay.falls();
            """);
        var group = (await _host.Http.SendAsync("/v1/notifications", Hello(new { room = room[10..] })))["group_id"].GetString()!;
        await EngineHost.UntilAsync(() => _host.Http.ReadAsync($"/v1/notification-groups/{group}"), said => said["waits_for"].GetString() == "internal");
        Assert.Equal(200, await _host.CountAsync("notifications"));

        await _host.Host.SqlAsync("drop trigger falls on relay.notification_groups");
        Assert.Equal(450, (await MadeAsync(group))["made"].GetInt64());

        Assert.Equal((450, 450), (await _host.CountAsync("notifications", "distinct to_user"), await _host.CountAsync("notifications")));
    }

    [Fact]
    public async Task A_group_outlives_its_node_waits_visibly_and_can_be_taken_back()
    {
        await using var database = await RelayDatabase.CreateAsync();
        using var folder = new ChatRelay.TestKit.Processes.ScratchFolder();
        var accepting = await RelayHost.StartAsync(database, folder.Path, [("CHATRELAY_ROLES", "api")]);
        var tenant = await accepting.NewTenantAsync();
        var room = await tenant.Http.SendAsync("/v1/rooms", new { members = Enumerable.Range(0, 300).Select(n => new { user = $"u{n}" }) });
        async Task<string> SendAsync() => (await tenant.Http.SendAsync("/v1/notifications", Hello(new { room = room.Id })))["group_id"].GetString()!;
        var (kept, taken) = (await SendAsync(), await SendAsync());
        Assert.Equal(202, (await tenant.Http.SendAsync("/v1/notifications/cancel", new { filter = new { group = taken } })).Status);
        Assert.Equal(("canceled", 0L), ((await tenant.Http.ReadAsync($"/v1/notification-groups/{taken}"))["status"].GetString(), (await tenant.Http.ReadAsync($"/v1/notification-groups/{taken}"))["made"].GetInt64()));
        var provider = (await tenant.Http.ReadAsync("/v1/providers"))["data.0.id"].GetString();
        await tenant.Http.ChangeAsync($"/v1/providers/{provider}", new { status = "disabled" });
        await accepting.DisposeAsync();

        await using var node = await RelayHost.StartAsync(database, folder.Path);
        using var http = node.Client(tenant.Key);
        await EngineHost.UntilAsync(() => http.ReadAsync($"/v1/notification-groups/{kept}"), said => said["waits_for"].GetString() == "no_provider");
        await http.ChangeAsync($"/v1/providers/{provider}", new { status = "enabled" });
        await EngineHost.UntilAsync(() => http.ReadAsync($"/v1/notification-groups/{kept}"), said => said["status"].GetString() == "made");

        Assert.Equal(300L, await node.SqlAsync("select count(*) from relay.notifications"));
        var canceling = await http.SendAsync("/v1/notifications/cancel", new { filter = new { group = kept }, dry_run = true });
        Assert.InRange(canceling["count"].GetInt64(), 0, 300);
    }

    [Fact]
    public async Task A_groups_notifications_are_cancelled_together_and_nobody_elses()
    {
        var room = await _host.RoomAsync(null, "ann", "bob", "eve");
        var at = DateTimeOffset.UtcNow.AddDays(1);
        var body = new { to = new { room = room[10..] }, content = new { subject = "x", text = "x" }, send_at = at };
        var (one, other) = ((await _host.Http.SendAsync("/v1/notifications", body))["group_id"].GetString()!, (await _host.Http.SendAsync("/v1/notifications", body))["group_id"].GetString()!);
        await MadeAsync(one);
        await MadeAsync(other);
        Assert.Equal(3, (await _host.Http.SendAsync("/v1/notifications/cancel", new { filter = new { group = one }, dry_run = true }))["count"].GetInt64());
        await _host.Http.SendAsync("/v1/notifications/cancel", new { filter = new { group = one } });
        await EngineHost.UntilAsync(() => _host.Http.ReadAsync($"/v1/notifications?group={one}&status=canceled"), said => said["data"].GetArrayLength() == 3);
        Assert.Equal(3, (await _host.Http.ReadAsync($"/v1/notifications?group={other}&status=scheduled"))["data"].GetArrayLength());
    }
}
