using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Rooms;

/// <summary>Rooms and their members, through HTTP.</summary>
public sealed class RoomsTests : IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await RoomHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_room_is_found_by_its_id_and_by_the_tenants_own()
    {
        var made = await host.Http.SendAsync("/v1/rooms", """{"external_id":"order-7","name":"Order 7","metadata":{"a" :1},"retention_days":30}""");

        Assert.Equal((201, $"/v1/rooms/{made.Id}"), (made.Status, made.Headers["Location"]));
        Assert.Contains("""{"a" :1}""", made.Text, StringComparison.Ordinal);
        Assert.Equal(made.Text, (await host.Http.ReadAsync($"/v1/rooms/{made.Id}")).Text);
        Assert.Equal(made.Text, (await host.Http.ReadAsync("/v1/rooms/ext:order-7")).Text);
        Assert.Equal(409, (await host.Http.SendAsync("/v1/rooms", new { external_id = "order-7" })).Status);
        Assert.Equal(made.Id, (await host.Http.ReadAsync("/v1/rooms"))["data.0.id"].GetString());
    }

    [Fact]
    public async Task A_page_holds_nothing_that_came_after_the_room_was_looked_at()
    {
        var room = (await host.RoomAsync(null, "bob")).Split('/')[^1];
        await host.FillAsync($"/v1/rooms/{room}", 5);
        Assert.True(RelayId.TryParse<RoomId>(room, out var id));
        var wall = (Guid)(await host.Host.SqlAsync("select tenant_id from relay.rooms where id = $1", id.Value))!;
        var seen = new RoomSeen { Tenant = wall, Id = id, Type = RoomType.Group, Encrypted = false, History = RoomHistory.All, Epoch = "1", Head = 3, First = 1, Messages = 3, Members = 1 };
        var reads = host.Host.Services.GetRequiredService<LogReads>();

        // By the time that the log is read, the viewer may have been put out, and 4 be none of theirs.
        Assert.Equal([2, 3], (await reads.AfterAsync(seen, 1, 0, 10, default)).Select(i => i.Last));
        Assert.Equal([2, 3], (await reads.BeforeAsync(seen, 6, 0, 2, default)).Select(i => i.Last));
    }

    [Fact]
    public async Task A_direct_room_is_found_and_not_made_twice_whoever_is_named_first()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => host.Http.SendAsync("/v1/rooms", new { type = "direct", members = n % 2 == 0 ? new[] { new { user = "a" }, new { user = "b" } } : [new { user = "b" }, new { user = "a" }] })));

        var again = await host.Http.SendAsync("/v1/rooms", new { type = "direct", members = new[] { new { user = "b" }, new { user = "a" } } });
        Assert.Equal(200, again.Status);
        Assert.All(all, said => Assert.Equal(again.Id, said.Id));
        Assert.Equal(422, (await host.Http.SendAsync("/v1/rooms", new { type = "direct", members = new[] { new { user = "a" } } })).Status);
        Assert.Equal(409, (await host.Http.AskAsync(HttpMethod.Put, $"/v1/rooms/{again.Id}/members/c", new { })).Status);
        Assert.Equal(409, (await host.Http.RemoveAsync($"/v1/rooms/{again.Id}/members/a")).Status);
    }

    [Fact]
    public async Task Two_who_put_a_room_at_once_get_the_same()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/ext:lobby", new { name = "Lobby" })));

        Assert.Single(all.Select(a => a.Id).Distinct());
        Assert.Single(all, a => a.Status == 201);
        Assert.Equal(409, (await host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/ext:lobby", new { type = "channel" })).Status);
        Assert.Equal(404, (await host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/room_01jd3m7q8x6zv9k2b4n5c8d1fg", new { })).Status);
    }

    [Fact]
    public async Task A_room_that_is_put_again_gets_what_is_given_and_the_same_again_leaves_no_trace()
    {
        await host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/ext:a", new { name = "one", metadata = new { a = 1 }, encrypted = true, members = new[] { new { user = "ann", role = "owner" } } });
        await host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/ext:a/members/eve", new { banned_until = "2126-01-01T00:00:00Z" });
        object wanted = new { name = "two", write = "admins", retention_days = 7, members = new[] { new { user = "ann" }, new { user = "bob" }, new { user = "eve" } } };

        var (put, again) = (await host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/ext:a", wanted), await host.Http.AskAsync(HttpMethod.Put, "/v1/rooms/ext:a", wanted));

        Assert.Equal((200, put.Text), (again.Status, again.Text));
        Assert.Equal(("two", "admins", 7, true), (put["name"].GetString(), put["write"].GetString(), put["retention_days"].GetInt32(), put["encrypted"].GetBoolean()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, put["metadata"].ValueKind);
        Assert.Equal(["1 room", "2 member bob joined"], await RoomHost.LogAsync(host.Http, "/v1/rooms/ext:a"));
        var members = await host.Http.ReadAsync("/v1/rooms/ext:a/members");
        Assert.Equal(["ann owner True", "bob member True", "eve member False"], members["data"].EnumerateArray().Select(m => $"{m.GetProperty("user").GetString()} {m.GetProperty("role").GetString()} {m.GetProperty("member").GetBoolean()}"));
    }

    [Fact]
    public async Task An_encrypted_room_stays_one()
    {
        var room = await host.RoomAsync(null, "ann");
        Assert.Equal(200, (await host.Http.ChangeAsync(room, new { encrypted = true })).Status);

        Assert.Equal(409, (await host.Http.ChangeAsync(room, new { encrypted = false })).Status);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => host.Host.SqlAsync("update relay.rooms set encrypted = false"));
    }

    [Fact]
    public async Task Changes_of_a_room_and_of_members_are_numbered_entries()
    {
        var room = await host.RoomAsync(null, "ann");
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { });
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { role = "admin" });
        await host.Http.ChangeAsync(room, new { name = "new" });
        await host.Http.RemoveAsync($"{room}/members/bob");
        await host.Http.SendAsync($"{room}/members/batch", new { members = new[] { new { user = "cat" }, new { user = "dan" } } });

        Assert.Equal(["1 member bob joined", "2 member bob changed", "3 room", "4 member bob left", "5 member cat joined", "6 member dan joined"], await RoomHost.LogAsync(host.Http, room));
        Assert.Equal(3, await host.Host.SqlAsync("select members from relay.room_heads"));
        Assert.Equal(404, (await host.Http.RemoveAsync($"{room}/members/bob")).Status);
    }

    [Fact]
    public async Task No_more_come_in_than_there_is_room_for()
    {
        var room = await host.RoomAsync(new { max_members = 2 }, "ann");
        Assert.Equal(204, (await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { })).Status);

        Assert.Equal(409, (await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/cat", new { })).Status);

        Assert.Single(await RoomHost.LogAsync(host.Http, room));
        using var cat = await host.AsAsync("cat");
        Assert.Equal(404, (await cat.ReadAsync(room)).Status);
    }

    [Fact]
    public async Task A_deleted_room_is_gone_for_everybody_at_once_and_its_rows_soon()
    {
        var room = await host.RoomAsync(new { external_id = "gone" }, "ann");
        await host.SayAsync(host.Http, room, "canary");
        using var ann = await host.AsAsync("ann");

        Assert.Equal(204, (await host.Http.RemoveAsync(room)).Status);

        Assert.Equal((404, 404, 404), ((await host.Http.ReadAsync(room)).Status, (await ann.ReadAsync($"{room}/messages")).Status, (await host.SayAsync(ann, room, "x")).Status));
        Assert.Equal(201, (await host.Http.SendAsync("/v1/rooms", new { external_id = "gone" })).Status);
        var databases = (ChatRelay.Storage.Databases)host.Host.Services.GetService(typeof(ChatRelay.Storage.Databases))!;
        for (var turn = 0; turn < 2; turn++) await ChatRelay.Rooms.DeleteRoom.SweepAsync(databases, CancellationToken.None); // the upkeep may have had one already
        Assert.Equal(0L, await host.Host.SqlAsync("select count(*) from relay.entries"));
        Assert.Equal(1L, await host.Host.SqlAsync("select count(*) from relay.rooms"));
    }
}
