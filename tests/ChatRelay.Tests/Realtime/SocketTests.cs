using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Realtime;

/// <summary>Rooms on sockets: hello, what is pushed, resume, join, sync, and the ops that write.</summary>
public sealed class SocketTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<SocketClient> OpenAsync(string user, object? more = null) => await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(user), more);

    /// <summary>Somebody without a name, whom a grant lets in.</summary>
    private async Task<SocketClient> ViewAsync(string room, params string[] can) =>
        await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(null, new[] { new { room, can } }));

    private static string Line(JsonElement frame) => frame.GetProperty("ev").GetString() switch
    {
        "msg" => $"{frame.GetProperty("s").GetInt64()} {frame.GetProperty("kind").GetString()}{(frame.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object && body.TryGetProperty("text", out var text) ? $" {text.GetString()}" : "")}",
        "skip" => $"{frame.GetProperty("from").GetInt64()}-{frame.GetProperty("to").GetInt64()} skip",
        "room" => $"room {frame.GetProperty("state").GetString()}",
        "head" => $"head {frame.GetProperty("s").GetInt64()}",
        var other => other!,
    };

    [Fact]
    public async Task Hello_tells_who_and_where_and_what_is_said_afterwards_is_pushed_in_order()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        await host.SayAsync(host.Http, room, "before", new { from = "bob" });
        await using var ann = await OpenAsync("ann", new { device = "phone" });

        var joined = ann.Welcome.GetProperty("rooms").GetProperty(room.Split('/')[^1]);
        Assert.Equal(("ann", "phone", 25_000), (ann.Welcome.GetProperty("user").GetString(), ann.Welcome.GetProperty("device").GetString(), ann.Welcome.GetProperty("ping_ms").GetInt32()));
        Assert.Equal(("current", 1, 1, 0, 1), (joined.GetProperty("state").GetString(), joined.GetProperty("head").GetInt64(), joined.GetProperty("first").GetInt64(), joined.GetProperty("read").GetInt64(), joined.GetProperty("unread").GetInt64()));

        for (var n = 0; n < 20; n++) await host.SayAsync(host.Http, room, $"{n}", new { from = "bob" });
        for (var n = 0; n < 20; n++) Assert.Equal($"{n + 2} message {n}", Line(await ann.NextAsync()));
    }

    [Fact]
    public async Task What_is_sent_on_a_socket_is_acknowledged_with_its_number_and_comes_to_everybody_the_sender_too()
    {
        var room = (await host.RoomAsync(null, "ann", "bob")).Split('/')[^1];
        await using var ann = await OpenAsync("ann", new { device = "phone" });
        await using var bob = await OpenAsync("bob");
        const string body = """{"text" : "Grüße 👋"}""";

        var sent = await ann.DoAsync("send", JsonSerializer.Deserialize<JsonElement>($$$"""{"r":"{{{room}}}","cid":"m-1","body":{{{body}}},"metadata":{"a":1}}"""));
        var again = await ann.DoAsync("send", new { r = room, cid = "m-1", body = "other" });

        Assert.Equal((1, false), (sent.GetProperty("s").GetInt64(), sent.GetProperty("dup").GetBoolean()));
        Assert.Equal((1, true, sent.GetProperty("id").GetString()), (again.GetProperty("s").GetInt64(), again.GetProperty("dup").GetBoolean(), again.GetProperty("id").GetString()));
        foreach (var reader in (SocketClient[])[ann, bob])
        {
            var msg = await reader.NextAsync();
            Assert.Equal((1, "m-1", "ann", "phone", "text"), (msg.GetProperty("s").GetInt64(), msg.GetProperty("cid").GetString(), msg.GetProperty("from").GetProperty("user").GetString(), msg.GetProperty("from").GetProperty("device").GetString(), msg.GetProperty("type").GetString()));
            Assert.Equal("Grüße 👋", msg.GetProperty("body").GetProperty("text").GetString());
            Assert.Equal(sent.GetProperty("e").GetString(), msg.GetProperty("e").GetString());
        }
    }

    [Fact]
    public async Task Edits_and_deletes_are_numbers_of_the_same_log()
    {
        var room = (await host.RoomAsync(null, "ann", "bob")).Split('/')[^1];
        await using var ann = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob");

        var sent = await ann.DoAsync("send", new { r = room, cid = "m-1", body = new { text = "Helo" } });
        var msg = sent.GetProperty("id").GetString();
        Assert.Equal("forbidden", await bob.FailAsync("edit", new { r = room, msg, body = new { text = "mine" } }));
        Assert.Equal(2, (await ann.DoAsync("edit", new { r = room, msg, body = new { text = "Hello" } })).GetProperty("s").GetInt64());
        Assert.Equal(3, (await ann.DoAsync("delete", new { r = room, msg })).GetProperty("s").GetInt64());

        Assert.Equal(["1 message Helo", "2 edit Hello", "3 delete"], [Line(await bob.NextAsync()), Line(await bob.NextAsync()), Line(await bob.NextAsync())]);
        var page = await bob.DoAsync("history", new { r = room, before = 10 });
        Assert.Equal(["1 message", "2 edit", "3 delete"], page.GetProperty("messages").EnumerateArray().Select(Line));
        Assert.True(page.GetProperty("messages")[0].GetProperty("deleted").GetBoolean());
    }

    [Fact]
    public async Task A_client_that_comes_back_gets_exactly_what_it_lacks()
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        var room = path.Split('/')[^1];
        string epoch;
        await using (var before = await OpenAsync("ann"))
        {
            epoch = before.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("e").GetString()!;
            await host.SayAsync(host.Http, path, "one", new { from = "bob" });
            Assert.Equal("1 message one", Line(await before.NextAsync()));
        }
        for (var n = 2; n <= 60; n++) await host.SayAsync(host.Http, path, $"{n}", new { from = "bob" });

        await using var ann = await OpenAsync("ann", new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 1 } } } });
        Assert.Equal("replaying", ann.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("state").GetString());
        for (var n = 2; n <= 60; n++) Assert.Equal($"{n} message {n}", Line(await ann.NextAsync()));
        await host.SayAsync(host.Http, path, "live", new { from = "bob" });
        Assert.Equal("61 message live", Line(await ann.NextAsync()));
        Assert.Empty(ann.TakePushed());
    }

    [Fact]
    public async Task A_position_of_another_epoch_or_past_the_head_is_told_reset_and_an_unknown_room_denied()
    {
        var path = await host.RoomAsync(null, "ann");
        var (room, other, foreign) = (path.Split('/')[^1], (await host.RoomAsync(null, "ann")).Split('/')[^1], (await host.RoomAsync(null, "bob")).Split('/')[^1]);
        await host.SayAsync(host.Http, path, "x", new { from = "ann" });
        await using var first = await OpenAsync("ann");
        var epoch = first.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("e").GetString();

        await using var ann = await OpenAsync("ann", new
        {
            resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 9 }, [other] = new { e = "1-0", s = 0 }, [foreign] = new { e = epoch, s = 0 }, ["nonsense"] = new { } } },
        });
        string State(string r) => ann.Welcome.GetProperty("rooms").GetProperty(r).GetProperty("state").GetString()!;
        Assert.Equal(("reset", "reset", "denied", "denied"), (State(room), State(other), State(foreign), State("nonsense")));
        Assert.Equal("epoch_changed", await ann.FailAsync("sync", new { r = room, e = "1-0", after = 0 }));
    }

    [Fact]
    public async Task Who_lacks_too_much_pages_and_follows_when_the_head_is_reached()
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        var room = path.Split('/')[^1];
        await host.FillAsync(path, 1_200);
        await using var first = await OpenAsync("ann");
        var epoch = first.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("e").GetString();

        await using var ann = await OpenAsync("ann", new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 0 } } } });
        Assert.Equal("gap", ann.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("state").GetString());
        var (at, more) = (0L, true);
        while (more)
        {
            var page = await ann.DoAsync("sync", new { r = room, e = epoch, after = at });
            foreach (var entry in page.GetProperty("messages").EnumerateArray()) Assert.Equal(++at, entry.GetProperty("s").GetInt64());
            more = page.GetProperty("more").GetBoolean();
        }
        Assert.Equal(1_200, at);
        await host.SayAsync(host.Http, path, "live", new { from = "bob" });
        Assert.Equal("1201 message live", Line(await ann.NextAsync()));
    }

    [Theory]
    [InlineData("POST", "/v1/rooms"), InlineData("PUT", "/v1/rooms/ext:order-8")]
    public async Task The_first_members_of_a_room_are_told_on_their_open_sockets_and_join_it(string method, string path)
    {
        await using var ann = await OpenAsync("ann");
        await using var tab = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob");
        await using var eve = await OpenAsync("eve");

        var made = await host.Http.AskAsync(new HttpMethod(method), path, new { members = new[] { new { user = "ann" }, new { user = "bob" } } });

        foreach (var socket in new[] { ann, tab, bob })
        {
            var told = await socket.NextAsync();
            Assert.Equal(("room joined", made.Id, 0), (Line(told), told.GetProperty("r").GetString(), told.GetProperty("head").GetInt64()));
            Assert.Equal(told.GetProperty("e").GetString(), (await socket.DoAsync("join", new { r = made.Id })).GetProperty("e").GetString());
        }
        await host.SayAsync(host.Http, $"/v1/rooms/{made.Id}", "first", new { from = "ann" });
        foreach (var socket in new[] { ann, tab, bob }) Assert.Equal("1 message first", Line(await socket.NextAsync()));
        await host.RoomAsync(null, "eve");
        Assert.Equal("room joined", Line(await eve.NextAsync())); // her own, and nothing before it
    }

    [Fact]
    public async Task Join_brings_the_last_ones_and_leave_ends_it()
    {
        var path = await host.RoomAsync(new { external_id = "order-7" }, "bob");
        var room = path.Split('/')[^1];
        for (var n = 1; n <= 5; n++) await host.SayAsync(host.Http, path, $"{n}", new { from = "bob" });
        await using var ann = await OpenAsync("ann");
        Assert.Equal("not_found", await ann.FailAsync("join", new { r = room }));

        await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/ann", new { });
        Assert.Equal("room joined", Line(await ann.NextAsync()));
        var joined = await ann.DoAsync("join", new { r = "ext:order-7", since = new { last = 2 } });
        Assert.Equal(["5 message 5", "6 member"], joined.GetProperty("messages").EnumerateArray().Select(Line));
        Assert.Equal((room, false, 6), (joined.GetProperty("r").GetString(), joined.GetProperty("more").GetBoolean(), joined.GetProperty("head").GetInt64()));

        await host.SayAsync(host.Http, path, "live", new { from = "bob" });
        Assert.Equal("7 message live", Line(await ann.NextAsync()));
        await ann.DoAsync("leave", new { r = room });
        await host.SayAsync(host.Http, path, "unheard", new { from = "bob" });
        await ann.DoAsync("join", new { r = room });
        await host.SayAsync(host.Http, path, "heard", new { from = "bob" });
        Assert.Equal("9 message heard", Line(await ann.NextAsync()));
    }

    [Fact]
    public async Task After_a_removal_a_ban_or_a_deletion_nothing_numbered_follows()
    {
        var (left, banned, deleted) = (await host.RoomAsync(null, "ann", "bob"), await host.RoomAsync(null, "ann", "bob"), await host.RoomAsync(null, "ann", "bob"));
        await using var ann = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob");

        await host.Http.AskAsync(HttpMethod.Delete, $"{left}/members/ann");
        Assert.Equal("room left", Line(await ann.NextAsync()));
        await host.Http.AskAsync(HttpMethod.Put, $"{banned}/members/ann", new { banned_until = "2099-01-01T00:00:00Z" });
        Assert.Equal("room denied", Line(await ann.NextAsync()));
        await host.Http.AskAsync(HttpMethod.Delete, deleted);
        Assert.Equal("room deleted", Line(await ann.NextAsync()));

        foreach (var room in (string[])[left, banned]) await host.SayAsync(host.Http, room, "without ann", new { from = "bob" });
        while (Line(await bob.NextAsync()) != "2 message without ann") { }
        Assert.Equal("not_found", await ann.FailAsync("sync", new { r = left.Split('/')[^1], e = "x", after = 0 }));
        Assert.Empty(ann.TakePushed());
    }

    [Fact]
    public async Task A_viewer_of_a_channel_who_is_banned_gets_nothing_more()
    {
        var path = await host.RoomAsync(new { type = "channel" }, "bob");
        var room = path.Split('/')[^1];
        await using var ann = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann", new[] { new { room, can = new[] { "read" } } }));
        await using var bob = await OpenAsync("bob");
        await ann.DoAsync("join", new { r = room });
        await host.SayAsync(host.Http, path, "before");
        Assert.Equal("1 message before", Line(await ann.NextAsync()));

        await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/ann", new { banned_until = "2099-01-01T00:00:00Z" });
        Assert.Equal("room denied", Line(await ann.NextAsync()));
        await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/ann", new { banned_until = "2100-01-01T00:00:00Z" }); // longer: nothing new
        await host.SayAsync(host.Http, path, "after");

        Assert.Equal(["1 message before", "2 member", "3 message after"], [Line(await bob.NextAsync()), Line(await bob.NextAsync()), Line(await bob.NextAsync())]);
        Assert.Equal("not_found", await ann.FailAsync("join", new { r = room }));
        Assert.Empty(ann.TakePushed());
    }

    [Fact]
    public async Task Where_history_begins_with_the_joining_earlier_numbers_are_skips_on_every_path()
    {
        var path = await host.RoomAsync(new { history = "since_join" }, "bob");
        var room = path.Split('/')[^1];
        var early = await host.SayAsync(host.Http, path, "early", new { from = "bob" });
        await host.SayAsync(host.Http, path, "also early", new { from = "bob" });
        await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/ann", new { });
        await using var ann = await OpenAsync("ann");
        var epoch = ann.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("e").GetString();

        await host.Http.AskAsync(HttpMethod.Patch, $"{path}/messages/{early.Id}", new { body = new { text = "edited" } });
        await host.SayAsync(host.Http, path, "late", new { from = "bob" });

        Assert.Equal(["4-4 skip", "5 message late"], [Line(await ann.NextAsync()), Line(await ann.NextAsync())]);
        await using var back = await OpenAsync("ann", new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 0 } } } });
        Assert.Equal(["1-2 skip", "3 member", "4-4 skip", "5 message late"], [Line(await back.NextAsync()), Line(await back.NextAsync()), Line(await back.NextAsync()), Line(await back.NextAsync())]);
        var page = await back.DoAsync("history", new { r = room, before = 100 });
        Assert.Equal(["1-2 skip", "3 member", "4-4 skip", "5 message late"], page.GetProperty("messages").EnumerateArray().Select(Line));
    }

    [Fact]
    public async Task A_change_of_the_room_is_a_number_of_its_log_on_an_open_socket()
    {
        var path = await host.RoomAsync(null, "ann");
        await using var ann = await OpenAsync("ann");
        Assert.Equal(200, (await host.Http.ChangeAsync(path, new { name = "Another name" })).Status);
        var changed = await ann.NextAsync("msg");
        Assert.Equal((path.Split('/')[^1], 1, "room", "tenant"), (changed.GetProperty("r").GetString(), changed.GetProperty("s").GetInt64(), changed.GetProperty("kind").GetString(), changed.GetProperty("from").GetProperty("via").GetString()));
        Assert.Contains("name", changed.GetProperty("body").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ephemeral_messages_reach_who_is_there_and_have_no_number()
    {
        var room = (await host.RoomAsync(null, "ann", "bob")).Split('/')[^1];
        await using var ann = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob");

        var sent = await ann.DoAsync("send", new { r = room, cid = "e-1", body = new { text = "poof" }, ephemeral = true });
        Assert.Equal(JsonValueKind.Null, sent.GetProperty("s").ValueKind);
        var msg = await bob.NextAsync("msg");
        Assert.False(msg.TryGetProperty("s", out _));
        Assert.Equal("poof", msg.GetProperty("body").GetProperty("text").GetString());
        Assert.Equal(1, (await ann.DoAsync("send", new { r = room, cid = "m-1", body = "x" })).GetProperty("s").GetInt64());
    }

    [Fact]
    public async Task Read_marks_move_on_and_are_told_to_the_room()
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        var room = path.Split('/')[^1];
        for (var n = 1; n <= 3; n++) await host.SayAsync(host.Http, path, $"{n}", new { from = "bob" });
        await using var ann = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob");

        Assert.Equal((2, 1), Read(await ann.DoAsync("read", new { r = room, s = 2 })));
        Assert.Equal((2, 1), Read(await ann.DoAsync("read", new { r = room, s = 1 })));
        var told = await bob.NextAsync("read");
        Assert.Equal(("ann", 2), (told.GetProperty("user").GetString(), told.GetProperty("s").GetInt64()));

        static (long, long) Read(JsonElement view) => (view.GetProperty("s").GetInt64(), view.GetProperty("unread").GetInt64());
    }

    [Fact]
    public async Task A_viewer_without_a_name_joins_a_channel_by_its_grant_and_nothing_else()
    {
        var (path, other, group) = (await host.RoomAsync(new { type = "channel" }, "bob"), await host.RoomAsync(new { type = "channel" }, "bob"), await host.RoomAsync(null, "bob"));
        string Id(string of) => of.Split('/')[^1];
        var (room, grants) = (Id(path), new[] { new { room = Id(path), can = new[] { "read" } }, new { room = Id(group), can = new[] { "read" } } });
        var token = await host.TokenAsync(null, grants);
        for (var n = 1; n <= 2; n++) await host.SayAsync(host.Http, path, $"{n}");
        await using var viewer = await SocketClient.HelloAsync(host.Host.Address, token);

        // It is nobody: nothing is its own, and there is no inbox.
        Assert.Equal(JsonValueKind.Null, viewer.Welcome.GetProperty("user").ValueKind);
        Assert.True(!viewer.Welcome.TryGetProperty("inbox", out var inbox) || inbox.ValueKind == JsonValueKind.Null);
        Assert.Empty(viewer.Welcome.GetProperty("rooms").EnumerateObject());

        // It reads by every way.
        var joined = await viewer.DoAsync("join", new { r = room, since = new { last = 1 } });
        var epoch = joined.GetProperty("e").GetString();
        Assert.Equal(["2 message 2"], joined.GetProperty("messages").EnumerateArray().Select(Line));
        Assert.False(joined.TryGetProperty("unread", out _));
        await host.SayAsync(host.Http, path, "live");
        Assert.Equal("3 message live", Line(await viewer.NextAsync()));
        Assert.Equal(["1 message 1", "2 message 2", "3 message live"], (await viewer.DoAsync("sync", new { r = room, e = epoch, after = 0 })).GetProperty("messages").EnumerateArray().Select(Line));
        Assert.Equal(["1 message 1", "2 message 2"], (await viewer.DoAsync("history", new { r = room, before = 3 })).GetProperty("messages").EnumerateArray().Select(Line));

        // A grant opens a channel, and of those the one that it names.
        Assert.Equal("not_found", await viewer.FailAsync("join", new { r = Id(group) }));
        Assert.Equal("not_found", await viewer.FailAsync("join", new { r = Id(other) }));

        // It comes back with its position.
        var next = await host.TokenAsync(null, grants);
        await using (var back = await SocketClient.HelloAsync(host.Host.Address, next, new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 1 }, [Id(group)] = new { e = epoch, s = 0 } } } }))
        {
            Assert.Equal(["2 message 2", "3 message live"], [Line(await back.NextAsync()), Line(await back.NextAsync())]);
            Assert.Equal("denied", back.Welcome.GetProperty("rooms").GetProperty(Id(group)).GetProperty("state").GetString());
        }

        // A user's token is no other token of this viewer's; the next one is, and goes as soon as it is revoked.
        Assert.Equal("unauthorized", await viewer.FailAsync("refresh", new { token = await host.TokenAsync("ann") }));
        await viewer.DoAsync("refresh", new { token = next });
        await host.SayAsync(host.Http, path, "after the refresh");
        Assert.Equal("4 message after the refresh", Line(await viewer.NextAsync()));
        var id = JsonSerializer.Deserialize<JsonElement>(System.Buffers.Text.Base64Url.DecodeFromChars(next.Split('.')[1])).GetProperty("jti").GetString();
        Assert.Equal(204, (await host.Http.SendAsync("/v1/tokens/revoke", new { jti = id })).Status);
        Assert.Equal(4011, await viewer.Closed);
    }

    [Fact]
    public async Task A_viewer_without_a_name_writes_edits_and_deletes_nothing()
    {
        var path = await host.RoomAsync(new { type = "channel" }, "ann");
        var room = path.Split('/')[^1];
        var own = (await host.SayAsync(host.Http, path, "the tenant's own")).Id;
        await using var viewer = await ViewAsync(room, "read", "send");

        await viewer.DoAsync("join", new { r = room });
        Assert.Equal("forbidden", await viewer.FailAsync("send", new { r = room, cid = "m-1", body = "anybody" }));
        Assert.Equal("forbidden", await viewer.FailAsync("edit", new { r = room, msg = own, body = "not theirs" }));
        Assert.Equal("forbidden", await viewer.FailAsync("delete", new { r = room, msg = own }));
        Assert.Equal(["1 message the tenant's own"], await RoomHost.LogAsync(host.Http, path));
    }

    [Fact]
    public async Task What_is_no_longer_kept_is_a_skip_and_what_is_kept_follows()
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        var room = path.Split('/')[^1];
        for (var n = 1; n <= 5; n++) await host.SayAsync(host.Http, path, $"{n}", new { from = "bob" });
        Assert.True(RelayId.TryParse<RoomId>(room, out var id));
        await host.Host.SqlAsync("with gone as (delete from relay.entries where room_id = $1 and seq < 4) update relay.room_heads set first = 4 where room_id = $1", id.Value); // as retention leaves it
        await using var ann = await OpenAsync("ann");
        var epoch = ann.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("e").GetString();

        var messages = (await ann.DoAsync("sync", new { r = room, e = epoch, after = 1 })).GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal(("skip", 2L, 3L), (messages[0].GetProperty("ev").GetString(), messages[0].GetProperty("from").GetInt64(), messages[0].GetProperty("to").GetInt64()));
        Assert.Equal(["4 message 4", "5 message 5"], messages.Skip(1).Select(Line));
    }

    [Fact]
    public async Task A_hello_joins_two_hundred_rooms_and_says_that_there_are_more()
    {
        var rooms = new List<string>();
        foreach (var some in Enumerable.Range(0, 201).Chunk(20)) rooms.AddRange(await Task.WhenAll(some.Select(_ => host.RoomAsync(null, "many"))));
        var ids = rooms.ConvertAll(r => r.Split('/')[^1]);

        await using (var fresh = await OpenAsync("many"))
        {
            var joined = fresh.Welcome.GetProperty("rooms").EnumerateObject().Select(r => r.Name).ToList();
            Assert.Equal((200, true), (joined.Count, fresh.Welcome.GetProperty("more_rooms").GetBoolean()));
            await fresh.DoAsync("join", new { r = Assert.Single(ids.Except(joined)) });
        }
        await using var back = await OpenAsync("many", new { resume = new { rooms = ids.ToDictionary(id => id, _ => new { e = "1-0", s = 0 }) } });
        Assert.Equal((200, true), (back.Welcome.GetProperty("rooms").EnumerateObject().Count(r => r.Value.GetProperty("state").GetString() == "reset"), back.Welcome.GetProperty("more_rooms").GetBoolean()));
        Assert.Equal(200, back.Welcome.GetProperty("rooms").EnumerateObject().Count()); // the one that is left out is not denied
        await using var few = await OpenAsync("few");
        Assert.False(few.Welcome.GetProperty("more_rooms").GetBoolean());
    }

    [Fact]
    public async Task A_hello_tells_whom_its_user_blocks()
    {
        using (var http = await host.AsAsync("blocker"))
            foreach (var other in (string[])["zoe", "carl"]) Assert.Equal(204, (await http.AskAsync(HttpMethod.Put, $"/v1/users/blocker/blocks/{other}")).Status);
        await using var blocker = await OpenAsync("blocker");
        await using var carl = await OpenAsync("carl");
        Assert.Equal(["carl", "zoe"], blocker.Welcome.GetProperty("blocked").EnumerateArray().Select(b => b.GetString()));
        Assert.Empty(carl.Welcome.GetProperty("blocked").EnumerateArray());
    }

    [Fact]
    public async Task Above_two_hundred_members_nobody_is_told_how_far_somebody_has_read()
    {
        var (big, small) = (await host.RoomAsync(null, "ann", "bob"), await host.RoomAsync(null, "ann", "bob"));
        Assert.Equal(204, (await host.Http.SendAsync($"{big}/members/batch", new { members = Enumerable.Range(0, 199).Select(n => new { user = $"crowd-{n}" }) })).Status);
        foreach (var path in (string[])[big, small]) for (var n = 1; n <= 2; n++) await host.SayAsync(host.Http, path, $"{n}");
        await using var ann = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob");

        await ann.DoAsync("read", new { r = big.Split('/')[^1], s = 2 });
        for (var n = 1; n <= 2; n++) // told once a second: when the second of these came, the big room's would have come too
        {
            await ann.DoAsync("read", new { r = small.Split('/')[^1], s = n });
            var told = await bob.NextAsync("read");
            Assert.Equal((small.Split('/')[^1], n), (told.GetProperty("r").GetString(), told.GetProperty("s").GetInt64()));
        }
        Assert.DoesNotContain(bob.TakePushed(), f => f.GetProperty("ev").GetString() == "read");
    }

    [Fact]
    public async Task What_writes_takes_no_unknown_member_and_what_asks_passes_over_it()
    {
        var room = (await host.RoomAsync(null, "ann")).Split('/')[^1];
        await using var ann = await OpenAsync("ann", new { future = true });

        var wrong = await ann.AskAsync("send", new { r = room, cid = "m-1", body = "x", expires_ins = 5 });
        Assert.Equal(("validation_failed", "/expires_ins"), (wrong.GetProperty("error").GetProperty("code").GetString(), wrong.GetProperty("error").GetProperty("pointer").GetString()));
        await ann.DoAsync("join", new { r = room, colour = "red" });
        Assert.Equal("validation_failed", await ann.FailAsync("dance"));
        Assert.Equal("validation_failed", await ann.FailAsync("send", new { r = room, cid = "m-1" }));
        Assert.Equal("conflict", await ann.FailAsync("send", new { r = room, cid = "m-2", body = "x", expect_s = 7 }));
    }

    [Fact]
    public async Task A_number_of_another_epoch_is_neither_expected_nor_read()
    {
        var room = (await host.RoomAsync(null, "ann")).Split('/')[^1];
        await using var ann = await OpenAsync("ann");
        var epoch = (await ann.DoAsync("send", new { r = room, cid = "m-1", body = "x", expect_s = 0 })).GetProperty("e").GetString();
        Assert.Equal("conflict", await ann.FailAsync("send", new { r = room, cid = "m-2", body = "x", expect_s = 1, expect_e = "0.1-5f" }));
        Assert.Equal("epoch_changed", await ann.FailAsync("read", new { r = room, s = 1, e = "0.1-5f" }));

        Assert.Equal(2, (await ann.DoAsync("send", new { r = room, cid = "m-2", body = "x", expect_s = 1, expect_e = epoch })).GetProperty("s").GetInt64());
        Assert.Equal(2, (await ann.DoAsync("read", new { r = room, s = 2, e = epoch })).GetProperty("s").GetInt64());
    }
}
