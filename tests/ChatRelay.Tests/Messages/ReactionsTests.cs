using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Messages;

/// <summary>Reactions, through HTTP: what counts, whose they are, and who may not.</summary>
public sealed class ReactionsTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Task<Said> ReactAsync(HttpClient by, string room, string message, string key, string? from = null) =>
        by.SendAsync($"{room}/messages/{message}/reactions", from is null ? new { key } : new { key, from });

    private static Task<Said> TakeBackAsync(HttpClient by, string room, string message, string key) =>
        by.SendAsync($"{room}/messages/{message}/reactions/remove", new { key });

    /// <summary>The counts of a room's first message as `key count` or `key count own`.</summary>
    internal static async Task<IReadOnlyList<string>> CountsAsync(HttpClient by, string room) =>
        [.. (await by.ReadAsync($"{room}/messages?after_seq=0"))["data.0.marks"].GetProperty("reactions").EnumerateArray()
            .Select(c => $"{c.GetProperty("key").GetString() ?? "sealed"} {c.GetProperty("count").GetInt64()}{(c.GetProperty("own").GetBoolean() ? " own" : "")}")];

    [Fact]
    public async Task Reactions_are_numbered_counted_by_key_and_known_as_ones_own()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        var id = (await host.SayAsync(ann, room, "Hello")).Id;

        var first = await ReactAsync(ann, room, id, "👍");
        await ReactAsync(bob, room, id, "🎉");
        await ReactAsync(bob, room, id, "👍");
        await ReactAsync(host.Http, room, id, "👍", from: "eve");

        Assert.Equal((200, 2, false), (first.Status, first["seq"].GetInt64(), first["duplicate"].GetBoolean()));
        Assert.Equal(["👍 3 own", "🎉 1"], await CountsAsync(ann, room));
        Assert.Equal(["👍 3 own", "🎉 1 own"], await CountsAsync(bob, room));
        Assert.Equal(["👍 3", "🎉 1"], await CountsAsync(host.Http, room));
        Assert.Equal(["1 message Hello", "2 react", "3 react", "4 react", "5 react"], await RoomHost.LogAsync(ann, room));
        var entry = (await ann.ReadAsync($"{room}/messages?after_seq=1"))["data.0"];
        Assert.Equal((id, """{"key":"👍"}""", JsonValueKind.Null), (entry.GetProperty("about").GetString(), entry.GetProperty("body").GetRawText(), entry.GetProperty("marks").ValueKind));

        var who = await ann.ReadAsync($"{room}/messages/{id}/reactions?limit=3");
        Assert.Equal(["ann 👍 2", "bob 🎉 3", "bob 👍 4"], who["data"].EnumerateArray().Select(r => $"{r.GetProperty("user").GetString()} {r.GetProperty("key").GetString()} {r.GetProperty("seq")}"));
        Assert.True(who["has_more"].GetBoolean());
        Assert.Equal("eve", (await ann.ReadAsync($"{room}/messages/{id}/reactions?after_seq=4"))["data.0.user"].GetString());
    }

    [Fact]
    public async Task The_same_reaction_again_is_the_first_one_and_what_is_taken_back_counts_no_more()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        var id = (await host.SayAsync(ann, room, "Hello")).Id;
        var first = await ReactAsync(ann, room, id, "👍");
        await ReactAsync(bob, room, id, "👍");

        var again = await ReactAsync(ann, room, id, "👍");
        Assert.Equal((200, first.Id, 2, true), (again.Status, again.Id, again["seq"].GetInt64(), again["duplicate"].GetBoolean()));
        var back = await TakeBackAsync(ann, room, id, "👍");
        Assert.Equal((200, 4), (back.Status, back["seq"].GetInt64()));
        Assert.Equal((404, "not_found"), (await TakeBackAsync(ann, room, id, "👍") is var nothing ? (nothing.Status, nothing.Code) : default));
        Assert.Equal(["👍 1"], await CountsAsync(ann, room));
        await TakeBackAsync(bob, room, id, "👍");
        Assert.Empty(await CountsAsync(ann, room));
        Assert.Equal((0, 0), (await host.CountAsync("reactions"), await host.CountAsync("reaction_counts")));

        Assert.False((await ReactAsync(ann, room, id, "👍"))["duplicate"].GetBoolean());
        Assert.Equal(["👍 1 own"], await CountsAsync(ann, room));
    }

    [Fact]
    public async Task Many_at_once_are_counted_once_each_and_twins_are_one()
    {
        var users = Enumerable.Range(0, 40).Select(n => $"u{n}").ToArray();
        var room = await host.RoomAsync(null, users);
        var id = (await host.SayAsync(host.Http, room, "Hello")).Id;
        var acts = users.SelectMany(user => (string[])["👍", "👍", user[^1] % 2 == 0 ? "🎉" : "👀"], (user, key) => ReactAsync(host.Http, room, id, key, user));
        Assert.All(await Task.WhenAll(acts), said => Assert.Equal(200, said.Status));

        Assert.Equal(["🎉 20", "👀 20", "👍 40"], (await CountsAsync(host.Http, room)).Order(StringComparer.Ordinal));
        Assert.Equal(81, (await RoomHost.LogAsync(host.Http, room)).Count);

        var mixed = users.Select(user => user[^1] % 2 == 0 ? host.Http.SendAsync($"{room}/messages/{id}/reactions/remove", new { key = "👍", from = user }) : ReactAsync(host.Http, room, id, "👍", user));
        Assert.All(await Task.WhenAll(mixed), said => Assert.Equal(200, said.Status));
        Assert.Equal(["🎉 20", "👀 20", "👍 20"], (await CountsAsync(host.Http, room)).Order(StringComparer.Ordinal));
        Assert.Equal(await host.CountAsync("reactions"), (await CountsAsync(host.Http, room)).Sum(c => long.Parse(c.Split(' ')[1])));
    }

    [Fact]
    public async Task In_an_encrypted_room_they_are_ciphertext_and_the_same_bytes_take_them_back()
    {
        var room = await host.RoomAsync(new { encrypted = true }, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        var (one, other) = (new { alg = "mls", ciphertext = "QUJD" }, new { alg = "mls", ciphertext = "REVG" });
        var id = (await ann.SendAsync($"{room}/messages", new { encrypted = one })).Id;

        Assert.Equal((409, 409), ((await ReactAsync(ann, room, id, "👍")).Status, (await ReactAsync(host.Http, room, id, "👍", "ann")).Status));
        Assert.Equal(200, (await ann.SendAsync($"{room}/messages/{id}/reactions", new { encrypted = one })).Status);
        Assert.True((await ann.SendAsync($"{room}/messages/{id}/reactions", new { encrypted = one }))["duplicate"].GetBoolean());
        Assert.Equal(200, (await bob.SendAsync($"{room}/messages/{id}/reactions", new { encrypted = other })).Status);
        Assert.Equal(["sealed 2 own"], await CountsAsync(ann, room));
        Assert.Equal(["QUJD", "REVG"], (await ann.ReadAsync($"{room}/messages/{id}/reactions"))["data"].EnumerateArray().Select(r => r.GetProperty("encrypted").GetProperty("ciphertext").GetString()));

        Assert.Equal(404, (await ann.SendAsync($"{room}/messages/{id}/reactions/remove", new { encrypted = other })).Status);
        Assert.Equal(409, (await TakeBackAsync(ann, room, id, "👍")).Status);
        Assert.Equal(200, (await ann.SendAsync($"{room}/messages/{id}/reactions/remove", new { encrypted = one })).Status);
        Assert.Equal(["sealed 1"], await CountsAsync(ann, room));
        Assert.Equal(0L, await host.Host.SqlAsync("select (select count(*) from relay.reactions t where t::text like '%QUJD%' or t::text like '%REVG%') + (select count(*) from relay.events t where t::text like '%REVG%')"));
    }

    [Fact]
    public async Task Who_may_not_is_refused_by_name()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var eve = await host.AsAsync("eve");
        using var reader = await host.AsAsync("ann", new[] { new { room = room["/v1/rooms/".Length..], can = new[] { "read" } } });
        var id = (await host.SayAsync(host.Http, room, "Hello")).Id;

        Assert.Equal(404, (await ReactAsync(eve, room, id, "👍")).Status);
        Assert.Equal(403, (await ReactAsync(reader, room, id, "👍")).Status);
        Assert.Equal(404, (await ReactAsync(ann, room, "msg_01jd3m7q8x6zv9k2b4n5c8d1fg", "👍")).Status);
        Assert.Equal(200, (await ReactAsync(ann, room, id, "👍")).Status);

        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/ann", new { muted_until = "2126-01-01T00:00:00Z" });
        Assert.Equal((403, 200), ((await ReactAsync(ann, room, id, "🎉")).Status, (await TakeBackAsync(ann, room, id, "👍")).Status));
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/ann", new { role = "guest" });
        Assert.Equal(200, (await ReactAsync(ann, room, id, "👍")).Status);
        await host.Http.ChangeAsync(room, new { write = "admins" });
        Assert.Equal(403, (await ReactAsync(ann, room, id, "🎉")).Status);
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/ann", new { role = "member" });
        Assert.Equal(200, (await ReactAsync(ann, room, id, "🎉")).Status);
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/ann", new { banned_until = "2126-01-01T00:00:00Z" });
        Assert.Equal((404, 404, 404), ((await ReactAsync(ann, room, id, "👀")).Status, (await ReactAsync(ann, room, id, "👍")).Status, (await TakeBackAsync(ann, room, id, "👍")).Status));
        Assert.Equal(404, (await host.Http.SendAsync($"{room}/messages/{id}/reactions", new { key = "👀", from = "eve", enforce = true })).Status);
    }

    [Fact]
    public async Task A_block_ends_reactions_in_direct_rooms_and_a_viewer_without_a_name_has_none()
    {
        var direct = await host.RoomAsync(new { type = "direct" }, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        var id = (await host.SayAsync(ann, direct, "hi")).Id;
        await ann.AskAsync(HttpMethod.Put, "/v1/users/ann/blocks/bob");
        foreach (var either in (HttpClient[])[ann, bob])
            Assert.Equal((403, "blocked"), (await ReactAsync(either, direct, id, "👍") is var said ? (said.Status, said.Code) : default));

        var stage = await host.RoomAsync(new { type = "channel" });
        var grant = new[] { new { room = stage["/v1/rooms/".Length..], can = new[] { "read", "send" } } };
        using var nobody = host.Host.Client(await host.TokenAsync(null, grant));
        using var viewer = await host.AsAsync("eve", grant);
        var shown = (await host.SayAsync(host.Http, stage, "welcome")).Id;
        Assert.Equal((403, 200), ((await ReactAsync(nobody, stage, shown, "👍")).Status, (await ReactAsync(viewer, stage, shown, "👍")).Status));
    }

    [Fact]
    public async Task Every_fault_is_told_and_every_limit_holds()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        var id = (await host.SayAsync(ann, room, "Hello")).Id;
        var path = $"{room}/messages/{id}/reactions";

        Assert.Equal(["/key missing"], (await ann.SendAsync(path, new { })).Faults);
        Assert.Equal(["/enforce not_allowed", "/from not_allowed"], (await ann.SendAsync(path, new { key = "a", from = "bob", enforce = true })).Faults.Order(StringComparer.Ordinal));
        Assert.Equal(["/encrypted not_allowed"], (await ann.SendAsync(path, new { key = "a", encrypted = new { alg = "a", ciphertext = "QUJD" } })).Faults);
        Assert.Equal(["/from missing"], (await host.Http.SendAsync(path, new { key = "a" })).Faults);
        Assert.Equal(["/key too_long"], (await ann.SendAsync(path, new { key = new string('x', 65) })).Faults);
        Assert.Equal(["/key too_short"], (await ann.SendAsync(path, new { key = "" })).Faults);

        for (var n = 0; n < 20; n++) Assert.Equal(200, (await ReactAsync(ann, room, id, $"k{n}")).Status);
        Assert.Equal((409, "conflict"), (await ReactAsync(ann, room, id, "one more") is var many ? (many.Status, many.Code) : default));
        Assert.Equal(200, (await ReactAsync(ann, room, id, "k1")).Status); // it stands already
        Assert.Equal(200, (await ReactAsync(host.Http, room, id, "a \"quoted\\ key", from: "u19")).Status);
        Assert.Equal("a \"quoted\\ key", (await ann.ReadAsync($"{room}/messages?before_seq=23"))["data.21.body.key"].GetString());
        Assert.Equal(200, (await host.Http.SendAsync($"{path}/remove", new { key = "a \"quoted\\ key", from = "u19" })).Status);
        for (var n = 20; n < 50; n++) Assert.Equal(200, (await ReactAsync(host.Http, room, id, $"k{n}", from: $"u{n}")).Status);
        Assert.Equal((409, 200), ((await ReactAsync(host.Http, room, id, "k51", "u51")).Status, (await ReactAsync(host.Http, room, id, "k49", "u51")).Status));
    }

    [Fact]
    public async Task An_idempotency_key_keeps_the_first_answer()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        var id = (await host.SayAsync(ann, room, "Hello")).Id;
        var first = await ann.SendAsync($"{room}/messages/{id}/reactions", new { key = "👍" }, "key-1");
        await TakeBackAsync(ann, room, id, "👍");
        var again = await ann.SendAsync($"{room}/messages/{id}/reactions", new { key = "👍" }, "key-1");
        Assert.Equal((200, first.Text), (again.Status, again.Text));
        Assert.Empty(await CountsAsync(ann, room));
    }
}
