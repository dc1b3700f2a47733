using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Rooms;

/// <summary>Members who have not read in time are told once.</summary>
public sealed class NotifyTests(RoomFixture fixture) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private static readonly object InMail = new { after_s = 60, content = new { subject = "{count} unread in {room}", text = "{count} in {room}" } };
    private RoomHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await fixture.Rooms.ForAnotherTenantAsync();
        foreach (var user in (string[])["ann", "bob", "eve", "zoe"]) await _host.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}", new { email = $"{user}@example.com" });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task PassAsync(int seconds) => _host.Host.TimePasses(TimeSpan.FromSeconds(seconds));
    private Task<Said> SayAsync(string room, string from, string text = "hello") => _host.SayAsync(_host.Http, room, text, new { from });
    private Task<Said> ReadAsync(string room, string user, long seq) => _host.Http.SendAsync($"{room}/read", new { user, seq });

    /// <summary>Subjects by address, in the order in which they were sent.</summary>
    private async Task<IReadOnlyList<string>> MailsAsync(HttpClient? http = null) =>
        [.. (await (http ?? _host.Http).ReadAsync("/v1/sandbox/emails?limit=100"))["data"].EnumerateArray().Reverse().Select(m => m.GetProperty("mail"))
            .Select(m => $"{m.GetProperty("to").GetProperty("email").GetString()![..3]}: {m.GetProperty("subject").GetString()}")];

    /// <summary>When the rooms' times have been looked at and what came of it has been sent.</summary>
    private Task SettledAsync(RelayHost? on = null) => Eventually.Async(async () => await (on ?? _host.Host).SqlAsync("""
        select (select count(*) from relay.room_waits where due_at <= relay.now()) + (select count(*) from relay.notification_groups where status = 'making') + (select count(*) from relay.queue) = 0
        """) is true);

    [Fact]
    public async Task Who_has_not_read_in_time_gets_one_and_the_next_only_after_reading()
    {
        var room = await _host.RoomAsync(new { name = "Order 7", notify = InMail }, "ann", "bob", "eve");
        await SayAsync(room, "ann");
        await SayAsync(room, "ann");
        await SayAsync(room, "ann");
        await ReadAsync(room, "eve", 3);
        await PassAsync(61);
        await SettledAsync();
        Assert.Equal(["bob: 3 unread in Order 7"], await MailsAsync());

        await SayAsync(room, "ann");
        await PassAsync(61);
        await SettledAsync();
        Assert.Equal(["bob: 3 unread in Order 7", "eve: 1 unread in Order 7"], await MailsAsync()); // bob knows already

        await ReadAsync(room, "bob", 4);
        await SayAsync(room, "eve"); // who has read by writing
        await PassAsync(61);
        await SettledAsync();
        Assert.Equal(["ann: 1 unread in Order 7", "bob: 1 unread in Order 7"], (await MailsAsync()).Skip(2).Order(StringComparer.Ordinal));
        Assert.Equal(0, await _host.CountAsync("room_waits"));
    }

    [Fact]
    public async Task Every_message_has_its_own_time()
    {
        var room = await _host.RoomAsync(new { external_id = "lobby", notify = InMail }, "ann", "bob", "eve");
        await SayAsync(room, "ann");
        await ReadAsync(room, "bob", 1);
        await PassAsync(40);
        await SayAsync(room, "ann");
        await PassAsync(21);
        await SettledAsync();
        Assert.Equal(["eve: 2 unread in lobby"], await MailsAsync()); // the second is too young to tell bob of
        await PassAsync(41);
        await SettledAsync();
        Assert.Equal(["eve: 2 unread in lobby", "bob: 1 unread in lobby"], await MailsAsync());
    }

    [Fact]
    public async Task Mutes_blocks_and_switches_are_honoured()
    {
        var room = await _host.RoomAsync(new { external_id = "lobby", name = "Lobby", notify = InMail }, "ann", "bob", "eve", "zoe", "sam", "kim");
        await _host.Http.AskAsync(HttpMethod.Put, "/v1/users/bob/preferences", new { muted_rooms = new[] { "ext:lobby" } });
        await _host.Http.AskAsync(HttpMethod.Put, "/v1/users/eve/preferences", new { muted_users = new[] { "ann" } });
        await _host.Http.AskAsync(HttpMethod.Put, "/v1/users/zoe/preferences", new { categories = new { messages = new { email = false } } });
        await _host.Http.AskAsync(HttpMethod.Put, "/v1/users/sam/blocks/ann");
        await SayAsync(room, "ann");
        await PassAsync(61);
        await SettledAsync();
        Assert.Empty(await MailsAsync());
        var all = (await _host.Http.ReadAsync("/v1/notifications"))["data"].EnumerateArray().ToDictionary(n => n.GetProperty("to").GetProperty("user").GetString()!, n => n.GetProperty("deliveries")[0].GetProperty("reason").GetString());
        Assert.Equal(["kim no_address", "zoe preference_channel"], all.Select(n => $"{n.Key} {n.Value}").Order(StringComparer.Ordinal)); // the others are not even asked

        await SayAsync(room, "kim");
        await PassAsync(61);
        await SettledAsync();
        Assert.Equal(["ann: 1 unread in Lobby", "eve: 2 unread in Lobby"], (await MailsAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_encrypted_room_tells_that_there_is_something_and_nothing_of_it()
    {
        var room = await _host.RoomAsync(new { name = "Tom & Ann <3", encrypted = true, notify = new { after_s = 60, content = new { subject = "New in {room}", html = "<p>{count} in {room}</p>" } } }, "ann", "bob");
        var said = await _host.Http.SendAsync($"{room}/messages", new { from = "ann", encrypted = new { alg = "test", ciphertext = "Y2FuYXJ5" } });
        Assert.Equal(201, said.Status);
        await PassAsync(61);
        await SettledAsync();
        Assert.Equal(["bob: New in Tom & Ann <3"], await MailsAsync());
        Assert.Contains("<p>1 in Tom &amp; Ann &lt;3</p>", (await _host.Http.ReadAsync("/v1/sandbox/emails"))["data.0.mail.html"].GetString());
        foreach (var table in (string[])["notifications", "sandbox_emails", "notification_groups"])
            Assert.Equal((table, 0L), (table, await _host.Host.SqlAsync($"select count(*) from relay.{table} t where t::text like '%Y2FuYXJ5%'")));
    }

    [Fact]
    public async Task What_was_said_before_is_not_told_and_a_room_that_stops_telling_forgets()
    {
        var room = await _host.RoomAsync(null, "ann", "bob");
        await SayAsync(room, "ann");
        Assert.Equal(200, (await _host.Http.ChangeAsync(room, new { notify = InMail })).Status);
        Assert.Equal(0, await _host.CountAsync("room_waits"));
        await SayAsync(room, "ann");
        var stopped = await _host.Http.ChangeAsync(room, new { notify = (object?)null });
        Assert.Equal(System.Text.Json.JsonValueKind.Null, stopped["notify"].ValueKind);
        await PassAsync(61);
        await SettledAsync();
        Assert.Empty(await MailsAsync());
        Assert.Equal(0, await _host.CountAsync("room_waits"));
    }

    [Fact]
    public async Task It_is_read_back_as_it_was_given_by_keys_and_is_checked()
    {
        var notify = """{"after_s":60,"route":[{"channel":"email","within_s":30,"on_unknown":"continue","content":{"text":"x"}}],"content":{"subject":"é {count}","data":{"a": 1.0}}}""";
        var put = await _host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/ext:r1", System.Text.Json.Nodes.JsonNode.Parse($$"""{"members":[{"user":"ann"}],"notify":{{notify}}}""")!);
        Assert.True(put.Status is 201, put.ToString());
        Assert.Equal(put["notify"].GetRawText(), (await _host.Http.ReadAsync("/v1/rooms/ext:r1"))["notify"].GetRawText());
        Assert.Equal("continue", put["notify.route.0.on_unknown"].GetString());
        var again = await _host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/ext:r1", System.Text.Json.Nodes.JsonNode.Parse($$"""{"notify":{{put["notify"].GetRawText()}}}""")!);
        Assert.Equal((200, 0L), (again.Status, await _host.CountAsync("entries"))); // the same is no change
        using var ann = await _host.AsAsync("ann");
        foreach (var seen in (string[])["/v1/rooms/ext:r1", "/v1/users/ann/rooms"]) Assert.DoesNotContain("after_s", (await ann.ReadAsync(seen)).Text, StringComparison.Ordinal);

        async Task<IReadOnlyList<string>> FaultsAsync(object wrong) => (await _host.Http.SendAsync("/v1/rooms", new { notify = wrong })).Faults;
        Assert.Equal(["/notify/after_s missing", "/notify/words unknown_field"], (await FaultsAsync(new { words = "x" })).Order(StringComparer.Ordinal));
        Assert.Equal(["/notify/content missing"], await FaultsAsync(new { after_s = 60 }));
        Assert.Equal(["/notify/after_s out_of_range"], await FaultsAsync(new { after_s = 1, content = new { subject = "x", text = "x" } }));
        Assert.Equal(["/notify/route/0/channel not_allowed"], await FaultsAsync(new { after_s = 60, route = new[] { new { channel = "webhook" } }, content = new { text = "x" } }));
        Assert.Equal(["/notify too_large"], await FaultsAsync(new { after_s = 60, content = new { subject = "x", text = new string('x', 20_000) } }));
        var provider = RelayId.Format(RelayId.New<ProviderId>(DateTimeOffset.UtcNow));
        Assert.Equal(["/notify/route/0/providers/0 not_found"], await FaultsAsync(new { after_s = 60, route = new[] { new { channel = "email", providers = new[] { provider } } }, content = new { subject = "x", text = "x" } }));
    }

    [Fact]
    public async Task The_time_goes_on_while_no_node_runs()
    {
        await using var database = await RelayDatabase.CreateAsync();
        using var folder = new ChatRelay.TestKit.Processes.ScratchFolder();
        TenantAccess tenant;
        await using (var before = await RoomHost.OnAsync(database, folder.Path))
        {
            tenant = before.Tenant;
            await before.Http.AskAsync(HttpMethod.Put, "/v1/users/bob", new { email = "bob@example.com" });
            var room = await before.RoomAsync(new { external_id = "lobby", notify = InMail }, "ann", "bob");
            await before.SayAsync(before.Http, room, "hello", new { from = "ann" });
            await before.Host.SqlAsync("update relay.entries set created_at = created_at - interval '2 minutes'");
            await before.Host.SqlAsync("update relay.room_waits set due_at = due_at - interval '2 minutes' where due_at > relay.now() + interval '50 seconds'");
        }
        await using var after = await RoomHost.OnAsync(database, folder.Path, tenant);
        await SettledAsync(after.Host);
        Assert.Equal(["bob: 1 unread in lobby"], await MailsAsync(after.Http));
    }

    [Fact]
    public async Task Rounds_at_once_on_two_nodes_tell_nobody_twice()
    {
        var room = await _host.RoomAsync(new { name = "x", notify = InMail }, [.. Enumerable.Range(0, 600).Select(n => $"u{n:000}")]);
        await SayAsync(room, "ann");
        await SayAsync(room, "ann");
        await _host.Host.SqlAsync("delete from relay.room_waits");
        using var second = ActivatorUtilities.CreateInstance<GroupExpansion>(_host.Host.Services); // as on another node
        await second.StartAsync(CancellationToken.None);
        await _host.Host.SqlAsync("""
            insert into relay.notification_groups (tenant_id, id, room_id, upto, request, status, kept_until)
            select h.tenant_id, gen_random_uuid(), h.room_id, 1 + n % 2, '{"to":{"room":"ext:x"},"content":{"subject":"x","text":"x"}}', 'making', relay.now() + interval '1 day'
            from relay.room_heads h, generate_series(1, 6) n where h.room_id = $1
            """, PathRoom.Of(room[10..]).Id!.Value.Value);
        await SettledAsync();
        await second.StopAsync(CancellationToken.None);
        Assert.Equal((600, 600), (await _host.CountAsync("notifications", "distinct to_user"), await _host.CountAsync("notifications")));
    }

    [Fact]
    public async Task What_was_told_goes_with_the_user_and_with_the_room()
    {
        var room = await _host.RoomAsync(new { notify = InMail }, "ann", "bob", "eve");
        await SayAsync(room, "ann");
        await PassAsync(61);
        await SettledAsync();
        Assert.Equal(2, await _host.CountAsync("room_told"));
        var job = await _host.Http.SendAsync("/v1/erasures", new { user = "bob" });
        await Eventually.Async(async () => (await _host.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Equal(1, await _host.CountAsync("room_told"));
        await SayAsync(room, "ann");
        Assert.Equal(204, (await _host.Http.RemoveAsync(room)).Status);
        while (await DeleteRoom.SweepAsync(_host.Host.Services.GetRequiredService<Databases>(), CancellationToken.None) > 0) { }
        Assert.Equal((0, 0), (await _host.CountAsync("room_told"), await _host.CountAsync("room_waits")));
    }
}
