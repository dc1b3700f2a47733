using ChatRelay.TestKit;

namespace ChatRelay.Tests.Rooms;

/// <summary>Who is in a room and where a user is a member, through HTTP.</summary>
public sealed class MembersTests : IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await RoomHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static string[] UsersOf(Said said) => [.. said["data"].EnumerateArray().Select(m => m.GetProperty("user").GetString()!)];

    private static string[] NamesOf(Said said) => [.. said["data"].EnumerateArray().Select(r => r.GetProperty("room").GetProperty("name").GetString()!)];

    [Fact]
    public async Task Members_come_in_pages_by_their_ids_each_once()
    {
        var room = await host.RoomAsync(null, "eve", "ann", "dan", "bob", "Cid");
        using var ann = await host.AsAsync("ann");

        var (seen, next) = (new List<string>(), "");
        for (var pages = 0; pages < 3; pages++)
        {
            var page = await ann.ReadAsync($"{room}/members?limit=2{next}");
            seen.AddRange(UsersOf(page));
            Assert.Equal(pages < 2, page["has_more"].GetBoolean());
            if (pages < 2) next = $"&after={page["next_cursor"].GetString()}";
        }

        Assert.Equal(["Cid", "ann", "bob", "dan", "eve"], seen);
        var other = await host.RoomAsync(null, "ann");
        Assert.Equal((400, "invalid_cursor"), (await ann.ReadAsync($"{other}/members?limit=2{next}") is var foreign ? (foreign.Status, foreign.Code) : default));
    }

    [Fact]
    public async Task A_key_sees_who_is_muted_and_kept_out_and_a_user_sees_members()
    {
        var room = await host.RoomAsync(null, "ann", "bob", "eve");
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { role = "admin", muted_until = "2126-01-01T00:00:00Z" });
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/eve", new { banned_until = "2126-01-01T00:00:00Z" });
        using var ann = await host.AsAsync("ann");
        using var eve = await host.AsAsync("eve");

        var all = await host.Http.ReadAsync($"{room}/members");

        Assert.Equal(["ann", "bob", "eve"], UsersOf(all));
        Assert.Equal(("admin", "2126-01-01T00:00:00.000Z"), (all["data.1.role"].GetString(), all["data.1.muted_until"].GetString()));
        Assert.Equal((false, "2126-01-01T00:00:00.000Z"), (all["data.2.member"].GetBoolean(), all["data.2.banned_until"].GetString()));
        Assert.Equal(["ann", "bob"], UsersOf(await ann.ReadAsync($"{room}/members")));
        Assert.Equal(404, (await eve.ReadAsync($"{room}/members")).Status);
        Assert.Equal(403, (await ann.AskAsync(HttpMethod.Put, $"{room}/members/dan", new { })).Status); // users change no members: the last owner is safe from them
    }

    [Fact]
    public async Task A_list_of_many_members_leaves_mutes_and_bans_as_they_are()
    {
        var room = await host.RoomAsync(null, "ann", "bob", "eve");
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { muted_until = "2126-01-01T00:00:00Z" });
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/eve", new { banned_until = "2126-01-01T00:00:00Z" });

        Assert.Equal(204, (await host.Http.SendAsync($"{room}/members/batch", new { members = new object[] { new { user = "bob", role = "admin" }, new { user = "dan" }, new { user = "eve" } } })).Status);

        var all = await host.Http.ReadAsync($"{room}/members");
        Assert.Equal(("admin", "2126-01-01T00:00:00.000Z"), (all["data.1.role"].GetString(), all["data.1.muted_until"].GetString()));
        Assert.Equal((false, "2126-01-01T00:00:00.000Z"), (all["data.3.member"].GetBoolean(), all["data.3.banned_until"].GetString()));
        Assert.Equal(3L, await host.Host.SqlAsync("select members::bigint from relay.room_heads where room_id = (select room_id from relay.room_members where user_id = 'dan')"));
    }

    [Fact]
    public async Task A_room_that_is_over_its_limit_may_still_be_put_in_order()
    {
        var room = await host.RoomAsync(null, "ann", "bob", "eve");
        await host.Http.ChangeAsync(room, new { max_members = 2 });

        Assert.Equal(204, (await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/eve", new { banned_until = "2126-01-01T00:00:00Z" })).Status);
        Assert.Equal(409, (await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/dan", new { })).Status);
        Assert.Equal(["/members/1/user not_unique"], (await host.Http.SendAsync($"{room}/members/batch", new { members = new[] { new { user = "x" }, new { user = "x" } } })).Faults);
    }

    [Fact]
    public async Task A_users_rooms_are_the_liveliest_first_with_what_is_unread()
    {
        var rooms = new List<string>();
        foreach (var name in (string[])["one", "two", "three"]) rooms.Add(await host.RoomAsync(new { name, external_id = name }, "ann", "bob"));
        await host.RoomAsync(new { name = "not hers" }, "bob");
        foreach (var room in (int[])[2, 0, 0, 1]) await host.SayAsync(host.Http, rooms[room], "x", new { from = "bob" });
        using var ann = await host.AsAsync("ann");
        using var narrowed = await host.AsAsync("ann", new[] { new { room = "ext:one", can = new[] { "read" } }, new { room = "ext:two", can = new[] { "send" } } });
        using var bob = await host.AsAsync("bob");

        var first = await ann.ReadAsync("/v1/users/ann/rooms?limit=2");
        var rest = await ann.ReadAsync($"/v1/users/ann/rooms?limit=2&after={first["next_cursor"].GetString()}");

        Assert.Equal(["two", "one"], NamesOf(first));
        Assert.Equal(["three"], NamesOf(rest));
        Assert.Equal((2, 2, 0), (first["data.1.unread"].GetInt64(), first["data.1.head"].GetInt64(), first["data.1.read"].GetInt64()));
        Assert.Equal(["one"], NamesOf(await narrowed.ReadAsync("/v1/users/ann/rooms")));
        Assert.Equal(0, (await bob.ReadAsync("/v1/users/bob/rooms"))["data.0.unread"].GetInt64());
        Assert.Equal(403, (await bob.ReadAsync("/v1/users/ann/rooms")).Status);
        Assert.Empty(NamesOf(await host.Http.ReadAsync("/v1/users/nobody/rooms")));
    }

    [Fact]
    public async Task A_deleted_user_leaves_rooms_and_each_of_them_says_so_but_a_direct_room_keeps_its_two()
    {
        var (group, direct) = (await host.RoomAsync(null, "ann", "bob"), await host.RoomAsync(new { type = "direct" }, "ann", "bob"));

        Assert.Equal(204, (await host.Http.RemoveAsync("/v1/users/ann")).Status);

        Assert.Equal(["bob"], UsersOf(await host.Http.ReadAsync($"{group}/members")));
        Assert.Equal(["ann", "bob"], UsersOf(await host.Http.ReadAsync($"{direct}/members")));
        Assert.Equal(["1 member ann left"], await RoomHost.LogAsync(host.Http, group));
        Assert.Equal(1L, await host.Host.SqlAsync("select count(*) from relay.events where type = 'member.removed' and data like '%\"user\":\"ann\"%'"));
        Assert.Equal(1, await host.Host.SqlAsync("select h.members from relay.room_heads h join relay.rooms r on r.id = h.room_id where r.type = 'group'"));
    }
}
