using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Messages;

/// <summary>What is said in rooms, through HTTP.</summary>
public sealed class MessagesTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Messages_get_numbers_without_a_hole_and_come_back_as_they_were_said()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        const string body = """{"text" : "Grüße 👋", "n":1.0}""";

        var first = await ann.SendAsync($"{room}/messages", $$$"""{"body":{{{body}}},"metadata":{"a" :1}}""");
        await host.SayAsync(host.Http, room, "from the tenant", new { from = "bob" });

        Assert.Equal((201, 1, false), (first.Status, first["seq"].GetInt64(), first["duplicate"].GetBoolean()));
        Assert.Equal(["1 message Grüße 👋", "2 message from the tenant"], await RoomHost.LogAsync(ann, room));
        var read = await ann.ReadAsync($"{room}/messages?after_seq=0");
        Assert.Contains($"\"body\":{body}", read.Text, StringComparison.Ordinal);
        Assert.Contains("\"metadata\":{\"a\" :1}", read.Text, StringComparison.Ordinal);
        Assert.Equal(("ann", "bob", "tenant"), (read["data.0.from.user"].GetString(), read["data.1.from.user"].GetString(), read["data.1.from.via"].GetString()));
        Assert.Equal((2, 1, false), (read["head"].GetInt64(), read["first"].GetInt64(), read["has_more"].GetBoolean()));
        Assert.Equal(first["epoch"].GetString(), read["epoch"].GetString());
    }

    [Fact]
    public async Task A_hundred_at_once_into_one_room_are_numbered_one_to_a_hundred()
    {
        var room = await host.RoomAsync(null, "ann");
        var sent = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => host.SayAsync(host.Http, room, $"{n}", new { from = "ann" })));

        Assert.Equal(Enumerable.Range(1, 100).Select(n => (long)n), sent.Select(s => s["seq"].GetInt64()).Order());
        Assert.Equal(100, (await RoomHost.LogAsync(host.Http, room)).Count);
    }

    [Fact]
    public async Task The_same_client_id_is_answered_with_the_first_message_also_when_twins_meet()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");

        var twins = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.SayAsync(ann, room, "once", new { client_id = "m-1" })));
        var others = await host.SayAsync(bob, room, "his own", new { client_id = "m-1" });
        var later = await host.SayAsync(ann, room, "again", new { client_id = "m-1" });

        Assert.Single(twins.Select(t => (t.Id, t["seq"].GetInt64())).Distinct());
        Assert.Equal(19, twins.Count(t => t["duplicate"].GetBoolean()));
        Assert.Equal((twins[0].Id, true), (later.Id, later["duplicate"].GetBoolean()));
        Assert.False(others["duplicate"].GetBoolean());
        Assert.Equal(["1 message once", "2 message his own"], await RoomHost.LogAsync(ann, room));
    }

    [Fact]
    public async Task The_tenants_own_client_id_is_answered_with_the_first_message()
    {
        var room = await host.RoomAsync(null, "ann");

        var twins = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.SayAsync(host.Http, room, "once", new { client_id = "m-1" })));
        var later = await host.SayAsync(host.Http, room, "again", new { client_id = "m-1" });
        var anns = await host.SayAsync(host.Http, room, "for ann", new { client_id = "m-1", from = "ann" });

        Assert.Single(twins.Select(t => (t.Id, t["seq"].GetInt64())).Distinct());
        Assert.Equal(19, twins.Count(t => t["duplicate"].GetBoolean()));
        Assert.Equal((twins[0].Id, true), (later.Id, later["duplicate"].GetBoolean()));
        Assert.False(anns["duplicate"].GetBoolean());
        Assert.Equal(["1 message once", "2 message for ann"], await RoomHost.LogAsync(host.Http, room));
    }

    [Fact]
    public async Task An_idempotency_key_gives_the_first_answer_with_its_number()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");

        var first = await ann.SendAsync($"{room}/messages", new { body = "x" }, "key-1");
        var again = await ann.SendAsync($"{room}/messages", new { body = "x" }, "key-1");
        var other = await ann.SendAsync($"{room}/messages", new { body = "y" }, "key-1");
        using var bob = await host.AsAsync("bob");

        Assert.Equal((201, first.Text, "true"), (again.Status, again.Text, again.Headers["Idempotent-Replayed"]));
        Assert.Equal((422, "idempotency_key_reused"), (other.Status, other.Code));
        Assert.Equal(404, (await bob.SendAsync($"{room}/messages", new { body = "x" }, "key-1")).Status); // another user's key is another key
        Assert.Single(await RoomHost.LogAsync(ann, room));
    }

    [Fact]
    public async Task Expect_seq_lets_one_through_and_tells_the_others_the_head()
    {
        var room = await host.RoomAsync(null, "ann");
        await host.SayAsync(host.Http, room, "one");

        var raced = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => host.SayAsync(host.Http, room, $"{n}", new { expect_seq = 1 })));

        Assert.Single(raced, r => r.Status == 201);
        Assert.All(raced.Where(r => r.Status != 201), r => Assert.Equal((409, "conflict"), (r.Status, r.Code)));
        var late = await host.SayAsync(host.Http, room, "late", new { expect_seq = 1 });
        Assert.Contains("2", late["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(2, (await RoomHost.LogAsync(host.Http, room)).Count);
    }

    [Fact]
    public async Task A_number_of_another_epoch_is_neither_expected_nor_read()
    {
        var room = await host.RoomAsync(null, "ann");
        var epoch = (await host.SayAsync(host.Http, room, "one"))["epoch"].GetString();
        Assert.Equal(409, (await host.SayAsync(host.Http, room, "two", new { expect_seq = 1, expect_epoch = "0.1-5f" })).Status);
        Assert.Equal(409, (await host.Http.SendAsync($"{room}/read", new { user = "ann", seq = 1, epoch = "0.1-5f" })).Status);
        Assert.Equal(["/expect_seq missing"], (await host.SayAsync(host.Http, room, "two", new { expect_epoch = epoch })).Faults);

        Assert.Equal(201, (await host.SayAsync(host.Http, room, "two", new { expect_seq = 1, expect_epoch = epoch })).Status);
        Assert.Equal(2, (await host.Http.SendAsync($"{room}/read", new { user = "ann", seq = 2, epoch }))["read"].GetInt64());
    }

    [Fact]
    public async Task An_edit_is_an_entry_and_a_delete_takes_the_content_of_all_about_the_message()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        var id = (await host.SayAsync(ann, room, "canary-one")).Id;

        Assert.Equal(403, (await bob.ChangeAsync($"{room}/messages/{id}", new { body = new { text = "not his" } })).Status);
        Assert.Equal(200, (await ann.ChangeAsync($"{room}/messages/{id}", new { body = new { text = "canary-two" } })).Status);
        Assert.Equal(["1 message canary-one", "2 edit canary-two"], await RoomHost.LogAsync(bob, room));
        Assert.Equal(403, (await bob.RemoveAsync($"{room}/messages/{id}")).Status);
        Assert.Equal(204, (await ann.RemoveAsync($"{room}/messages/{id}")).Status);

        Assert.Equal(["1 message deleted", "2 edit deleted", "3 delete"], await RoomHost.LogAsync(bob, room));
        Assert.DoesNotContain("canary", (await bob.ReadAsync($"{room}/messages")).Text, StringComparison.Ordinal);
        Assert.Equal(0L, await host.Host.SqlAsync("select count(*) from relay.entries where payload like '%canary-%'"));
        Assert.Equal(404, (await ann.RemoveAsync($"{room}/messages/{id}")).Status);
        Assert.Equal(404, (await ann.ChangeAsync($"{room}/messages/{id}", new { body = 1 })).Status);
    }

    [Fact]
    public async Task Who_is_no_member_is_told_nothing_and_an_unknown_room_looks_the_same()
    {
        var room = await host.RoomAsync(null, "ann");
        using var eve = await host.AsAsync("eve");

        var (sent, read) = (await host.SayAsync(eve, room, "hi"), await eve.ReadAsync($"{room}/messages"));
        var unknown = await eve.ReadAsync("/v1/rooms/room_01jd3m7q8x6zv9k2b4n5c8d1fg/messages");

        Assert.Equal((404, 404), (sent.Status, read.Status));
        Assert.Equal(unknown["detail"].GetString(), read["detail"].GetString());
        Assert.Equal(404, (await eve.SendAsync($"{room}/read", new { seq = 1 })).Status);
        Assert.Equal(201, (await host.SayAsync(host.Http, room, "the tenant may")).Status);
        Assert.Equal(404, (await host.SayAsync(host.Http, room, "asked for rights", new { from = "eve", enforce = true })).Status);
    }

    [Fact]
    public async Task Muted_banned_and_those_who_may_only_read_are_refused()
    {
        var room = await host.RoomAsync(new { write = "admins" }, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        Assert.Equal((403, "forbidden"), (await host.SayAsync(ann, room, "x") is var may ? (may.Status, may.Code) : default));

        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/ann", new { role = "admin" });
        Assert.Equal(201, (await host.SayAsync(ann, room, "as admin")).Status);
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/ann", new { role = "admin", muted_until = "2126-01-01T00:00:00Z" });
        Assert.Equal(403, (await host.SayAsync(ann, room, "muted")).Status);
        Assert.Equal(200, (await ann.ReadAsync($"{room}/messages")).Status);
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/ann", new { role = "admin", banned_until = "2126-01-01T00:00:00Z" });
        Assert.Equal((404, 404), ((await host.SayAsync(ann, room, "banned")).Status, (await ann.ReadAsync($"{room}/messages")).Status));
    }

    [Fact]
    public async Task A_removed_admin_is_none_in_a_channel_that_a_grant_opens()
    {
        var stage = await host.RoomAsync(new { type = "channel" }, "ann", "bob");
        await host.Http.AskAsync(HttpMethod.Put, $"{stage}/members/ann", new { role = "admin" });
        var bobs = new List<string>();
        foreach (var text in (string[])["one", "two"]) bobs.Add((await host.SayAsync(host.Http, stage, text, new { from = "bob" })).Id);
        using var ann = await host.AsAsync("ann", new[] { new { room = stage.Split('/')[^1], can = new[] { "read", "send" } } });
        Assert.Equal(204, (await ann.RemoveAsync($"{stage}/messages/{bobs[0]}")).Status);

        await host.Http.RemoveAsync($"{stage}/members/ann");
        Assert.Equal(403, (await ann.RemoveAsync($"{stage}/messages/{bobs[1]}")).Status);
        Assert.Equal(403, (await ann.AskAsync(HttpMethod.Put, $"{stage}/pins/{bobs[1]}")).Status);
        await host.Http.ChangeAsync(stage, new { write = "admins" });
        Assert.Equal(403, (await host.SayAsync(ann, stage, "as if")).Status);
    }

    [Fact]
    public async Task A_block_ends_direct_messages_both_ways()
    {
        var room = await host.RoomAsync(new { type = "direct" }, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        Assert.Equal(201, (await host.SayAsync(ann, room, "hi")).Status);

        await ann.AskAsync(HttpMethod.Put, "/v1/users/ann/blocks/bob");

        foreach (var either in (HttpClient[])[ann, bob])
            Assert.Equal((403, "blocked"), (await host.SayAsync(either, room, "x") is var said ? (said.Status, said.Code) : default));
        await ann.RemoveAsync("/v1/users/ann/blocks/bob");
        Assert.Equal(201, (await host.SayAsync(bob, room, "again")).Status);
    }

    [Fact]
    public async Task An_encrypted_room_refuses_everything_plain_and_gives_the_bytes_back()
    {
        var room = await host.RoomAsync(new { encrypted = true }, "ann");
        using var ann = await host.AsAsync("ann");
        var cipher = Convert.ToBase64String([.. Enumerable.Range(0, 256).Select(n => (byte)n)]);

        Assert.Equal(409, (await host.SayAsync(ann, room, "plain")).Status);
        Assert.Equal(409, (await host.SayAsync(host.Http, room, "plain")).Status);
        var sent = await ann.SendAsync($"{room}/messages", new { encrypted = new { alg = "mls", ciphertext = cipher, nonce = "AAEC", key_version = "7", header = new { e = 1 } } });
        Assert.True(sent.Status == 201, sent.ToString());
        Assert.Equal(409, (await ann.ChangeAsync($"{room}/messages/{sent.Id}", new { body = "plain" })).Status);

        var read = (await ann.ReadAsync($"{room}/messages"))["data.0.encrypted"];
        Assert.Equal((cipher, "AAEC", "7"), (read.GetProperty("ciphertext").GetString(), read.GetProperty("nonce").GetString(), read.GetProperty("key_version").GetString()));
    }

    [Fact]
    public async Task Expired_messages_and_what_was_said_before_the_joining_are_skips()
    {
        var room = await host.RoomAsync(new { history = "since_join" }, "ann");
        foreach (var text in (string[])["one", "two"]) await host.SayAsync(host.Http, room, text);
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { });
        await host.SayAsync(host.Http, room, "short-lived", new { expires_in_s = 60 });
        await host.SayAsync(host.Http, room, "five");
        using var bob = await host.AsAsync("bob");
        Assert.Equal(["1-2 skip", "3 member bob joined", "4 message short-lived", "5 message five"], await RoomHost.LogAsync(bob, room));

        await host.Host.TimePasses(TimeSpan.FromSeconds(61));

        Assert.Equal(["1-2 skip", "3 member bob joined", "4-4 skip", "5 message five"], await RoomHost.LogAsync(bob, room));
        Assert.Equal(["3 member bob joined", "4-4 skip"], await RoomHost.LogAsync(bob, room, "?before_seq=5&limit=2"));
    }

    [Fact]
    public async Task Reading_moves_on_only_and_unread_counts_messages()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        foreach (var text in (string[])["one", "two", "three"]) await host.SayAsync(ann, room, text);

        var read = await bob.SendAsync($"{room}/read", new { seq = 2 });
        var back = await bob.SendAsync($"{room}/read", new { seq = 1 });
        var beyond = await bob.SendAsync($"{room}/read", new { seq = 99 });
        var writer = await ann.SendAsync($"{room}/read", new { seq = 0 });

        Assert.Equal((2, 1), (read["read"].GetInt64(), read["unread"].GetInt64()));
        Assert.Equal((2, 1), (back["read"].GetInt64(), back["unread"].GetInt64()));
        Assert.Equal((3, 0), (beyond["read"].GetInt64(), beyond["unread"].GetInt64()));
        Assert.Equal((3, 0), (writer["read"].GetInt64(), writer["unread"].GetInt64())); // who writes has read
    }

    [Fact]
    public async Task A_narrowed_token_reaches_only_what_it_grants_and_opens_channels()
    {
        var (stage, other) = (await host.RoomAsync(new { type = "channel", external_id = "stage" }), await host.RoomAsync(null, "ann"));
        await host.SayAsync(host.Http, stage, "welcome");
        using var viewer = await host.AsAsync("ann", new[] { new { room = "ext:stage", can = new[] { "read" } } });
        using var speaker = await host.AsAsync("bob", new[] { new { room = "ext:stage", can = new[] { "read", "send" } } });

        Assert.Equal(["1 message welcome"], await RoomHost.LogAsync(viewer, "/v1/rooms/ext:stage"));
        Assert.Equal(403, (await host.SayAsync(viewer, "/v1/rooms/ext:stage", "no")).Status);
        Assert.Equal(201, (await host.SayAsync(speaker, stage, "yes")).Status);
        Assert.Equal(404, (await viewer.ReadAsync($"{other}/messages")).Status);
        Assert.Equal(404, (await host.SayAsync(viewer, other, "no")).Status);
    }

    [Fact]
    public async Task A_viewer_without_a_name_writes_edits_and_deletes_nothing()
    {
        var stage = await host.RoomAsync(new { type = "channel" }, "ann");
        var own = (await host.SayAsync(host.Http, stage, "the tenant's own")).Id;
        using var viewer = host.Host.Client(await host.TokenAsync(null, new[] { new { room = stage.Split('/')[^1], can = new[] { "read", "send" } } }));

        Assert.Equal((403, "forbidden"), Told(await viewer.ReadAsync($"{stage}/messages"))); // it reads on sockets
        Assert.Equal((403, "forbidden"), Told(await host.SayAsync(viewer, stage, "anybody")));
        Assert.Equal((403, "forbidden"), Told(await viewer.ChangeAsync($"{stage}/messages/{own}", new { body = new { text = "not theirs" } })));
        Assert.Equal((403, "forbidden"), Told(await viewer.RemoveAsync($"{stage}/messages/{own}")));
        Assert.Equal(["1 message the tenant's own"], await RoomHost.LogAsync(host.Http, stage));

        static (int, string?) Told(Said said) => (said.Status, said.Code);
    }

    [Fact]
    public async Task Every_fault_of_a_message_is_told_at_once()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");

        var said = await ann.SendAsync($"{room}/messages", new { from = "bob", enforce = true, type = "Not A Word", client_id = "a b", expires_in_s = 0, reply_to = "x", unknown = 1, body = 1, encrypted = new { alg = "a", ciphertext = "!" } });
        Assert.Equal(["/client_id invalid_format", "/encrypted/ciphertext invalid_format", "/expires_in_s out_of_range", "/reply_to invalid_format", "/type invalid_format", "/unknown unknown_field"], said.Faults.Order(StringComparer.Ordinal));
        Assert.Equal(["/body missing"], (await ann.SendAsync($"{room}/messages", new { })).Faults);
        Assert.Equal(["/from not_allowed"], (await ann.SendAsync($"{room}/messages", new { from = "bob", body = 1 })).Faults);
        Assert.Equal(413, (await ann.SendAsync($"{room}/messages", new { body = new string('x', 200_000) })).Status);
        Assert.Equal(["/body too_large"], (await ann.SendAsync($"{room}/messages", new { body = new string('x', 70_000) })).Faults);
    }

    [Fact]
    public async Task What_happens_is_in_the_event_log_by_ids_and_numbers()
    {
        var room = await host.RoomAsync(null, "ann");
        var sent = await host.SayAsync(host.Http, room, "canary");

        var data = (string)(await host.Host.SqlAsync("select data from relay.events where type = 'message.created' and strpos(data::text, $1) > 0", sent.Id))!;

        Assert.Contains(sent.Id, data, StringComparison.Ordinal);
        Assert.EndsWith("\"seq\":1}", data, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", data, StringComparison.Ordinal);
        System.Text.Json.JsonDocument.Parse(data).Dispose();
    }
}
