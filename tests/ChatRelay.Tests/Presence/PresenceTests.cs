using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Presence;

/// <summary>Who is there, as followers of rooms are told.</summary>
public sealed class PresenceTests(PresenceFixture shared) : IClassFixture<PresenceFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(12.5);
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Host.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<SocketClient> OpenAsync(string user, object? more = null) => await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(user), more);

    private async Task<(string Path, string Id)> RoomAsync(params string[] members)
    {
        var path = await host.RoomAsync(null, members);
        return (path, path.Split('/')[^1]);
    }

    /// <summary>A follower with the list, which it has got already.</summary>
    private async Task<SocketClient> ViewerAsync(string user, string room)
    {
        var viewer = await OpenAsync(user);
        Assert.Equal("list", (await viewer.DoAsync("join", new { r = room, presence = "list" })).GetProperty("presence").GetString());
        await UntilAsync(viewer, line => line.Contains($"+{user}", StringComparison.Ordinal));
        return viewer;
    }

    /// <summary>The user's last sockets here go, it is written down, and the grace passes.</summary>
    private async Task LeaveAsync(string user, params SocketClient[] sockets)
    {
        foreach (var socket in sockets) await socket.DisposeAsync();
        Assert.True(RelayId.TryParse<TenantId>(host.Tenant.Id, out var wall));
        await Eventually.Async(async () => (long)(await host.Host.SqlAsync("select count(*) from relay.presence_nodes where tenant_id = $1 and user_id = $2 and left_at is null", wall.Value, user))! == 0);
        await host.Host.TimePasses(Grace);
    }

    private static async Task<string> NextAsync(SocketClient viewer) => PresenceFixture.Line(await viewer.NextAsync("presence"));

    private static async Task<string> UntilAsync(SocketClient viewer, Func<string, bool> holds)
    {
        while (true)
            if (await NextAsync(viewer) is var line && holds(line)) return line;
    }

    [Fact]
    public async Task Who_asks_is_shown_everybody_and_then_what_changes()
    {
        var (_, room) = await RoomAsync("ann", "bob", "cy");
        await using var ann = await ViewerAsync("ann", room);
        var bob = await OpenAsync("bob");
        Assert.Equal("2 +bob:online", await NextAsync(ann));
        Assert.Equal("dnd", (await bob.DoAsync("presence", new { status = "dnd", text = "In a call" })).GetProperty("status").GetString());
        Assert.Equal("2 ~bob:dnd:In a call", await NextAsync(ann));

        await using (var late = await OpenAsync("cy"))
        {
            await late.DoAsync("join", new { r = room, presence = "list" });
            Assert.StartsWith("all ", await UntilAsync(late, line => line.Contains("+bob:dnd:In a call", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
        Assert.Equal("3 +cy:online", await NextAsync(ann));
        await LeaveAsync("bob", bob);

        var left = await ann.NextAsync("presence");
        if (PresenceFixture.Line(left) is var line and not "1 -bob -cy") Assert.Equal(["-bob", "-cy"], ((string[])[line[2..], (await NextAsync(ann))[2..]]).Order());
        Assert.All(left.GetProperty("leave").EnumerateArray(), l => Assert.True(l.GetProperty("seen_at").GetDateTimeOffset() > DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Tabs_and_devices_count_together()
    {
        var (_, room) = await RoomAsync("ann", "bob", "cy");
        await using var ann = await ViewerAsync("ann", room);
        var tabs = new List<SocketClient>();
        foreach (var device in (string[])["phone", "laptop", "laptop", "laptop"]) tabs.Add(await OpenAsync("bob", new { device }));
        Assert.Equal("2 +bob:online", await NextAsync(ann));

        foreach (var tab in tabs[1..]) await tab.DoAsync("presence", new { status = "away" });
        Assert.Equal("away", (await tabs[0].DoAsync("presence", new { status = "away" })).GetProperty("status").GetString());
        Assert.Equal("2 ~bob:away", await NextAsync(ann));
        Assert.Equal("online", (await tabs[2].DoAsync("presence", new { status = "online" })).GetProperty("status").GetString());
        Assert.Equal("2 ~bob:online", await NextAsync(ann));
        await tabs[2].DisposeAsync(); // the one that was used: the others are away
        Assert.Equal("2 ~bob:away", await NextAsync(ann));
        await tabs[1].DisposeAsync();
        await tabs[3].DisposeAsync();
        await host.Host.TimePasses(Grace);
        await using var cy = await OpenAsync("cy");
        Assert.Equal("3 +cy:online", await NextAsync(ann)); // bob has one left, and was not told of meanwhile
        await tabs[0].DisposeAsync();
    }

    [Fact]
    public async Task A_reload_within_the_grace_is_not_seen()
    {
        var (_, room) = await RoomAsync("ann", "bob", "cy");
        await using var ann = await ViewerAsync("ann", room);
        var before = await OpenAsync("bob");
        Assert.Equal("2 +bob:online", await NextAsync(ann));
        await before.DisposeAsync();
        await host.Host.TimePasses(TimeSpan.FromSeconds(8));
        await using var again = await OpenAsync("bob");
        await again.DoAsync("presence", new { status = "online" }); // it is written down that he is back
        await host.Host.TimePasses(Grace);
        await using var cy = await OpenAsync("cy");
        Assert.Equal("3 +cy:online", await NextAsync(ann));
    }

    [Fact]
    public async Task The_invisible_are_offline_to_others_over_reconnects_and_keep_the_time_at_which_they_went()
    {
        var (_, room) = await RoomAsync("ann", "bob");
        await using var ann = await ViewerAsync("ann", room);
        var bob = await OpenAsync("bob");
        Assert.Equal("2 +bob:online", await NextAsync(ann));
        Assert.Equal("invisible", (await bob.DoAsync("presence", new { status = "invisible" })).GetProperty("status").GetString());
        Assert.Equal("1 -bob", await NextAsync(ann));
        var seen = (await host.Http.ReadAsync("/v1/users/bob/presence"))["last_seen_at"].GetString();

        await LeaveAsync("bob", bob);
        await using var again = await OpenAsync("bob");
        await again.DoAsync("presence", new { status = "away" });
        var shown = await host.Http.ReadAsync("/v1/users/bob/presence");
        Assert.Equal(("offline", seen), (shown["status"].GetString(), shown["last_seen_at"].GetString()));
        using var own = await host.AsAsync("bob");
        Assert.Equal("invisible", (await own.ReadAsync("/v1/users/bob/presence"))["status"].GetString());
        await again.DoAsync("presence", new { status = "online" });
        Assert.Equal("2 +bob:online", await NextAsync(ann));
    }

    [Fact]
    public async Task A_block_hides_both_from_each_other_at_once_and_nobody_else()
    {
        var (_, room) = await RoomAsync("ann", "bob", "cy");
        await using var bob = await ViewerAsync("bob", room);
        await using var ann = await ViewerAsync("ann", room);
        await using var counting = await OpenAsync("ann");
        await counting.DoAsync("join", new { r = room, presence = "count" });
        Assert.Equal("2", await UntilAsync(counting, line => line == "2"));
        Assert.Equal(204, (await host.Http.AskAsync(HttpMethod.Put, "/v1/users/bob/blocks/ann")).Status);
        Assert.Equal("all 1 +ann:online", await UntilAsync(ann, line => line.StartsWith("all 1", StringComparison.Ordinal)));
        Assert.Equal("all 1 +bob:online", await UntilAsync(bob, line => line.StartsWith("all 1", StringComparison.Ordinal)));
        Assert.Equal("1", await UntilAsync(counting, line => line == "1"));

        await using var cy = await OpenAsync("cy");
        Assert.Equal(("2 +cy:online", "2 +cy:online"), (await NextAsync(ann), await NextAsync(bob)));
        Assert.Equal(204, (await host.Http.RemoveAsync("/v1/users/bob/blocks/ann")).Status);
        Assert.Equal("all 3 +ann:online +bob:online +cy:online", await NextAsync(ann));
    }

    [Fact]
    public async Task Who_is_added_joins_who_is_removed_leaves_and_sees_nothing_more()
    {
        var (path, room) = await RoomAsync("ann", "bob");
        await using var ann = await ViewerAsync("ann", room);
        await using var cy = await OpenAsync("cy");
        await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/cy", new { });
        Assert.Equal("2 +cy:online", await NextAsync(ann));
        await cy.DoAsync("join", new { r = room, presence = "list" });
        Assert.StartsWith("all 2", await NextAsync(cy), StringComparison.Ordinal);

        await host.Http.RemoveAsync($"{path}/members/cy");
        Assert.Equal("1 -cy", await NextAsync(ann));
        Assert.Equal("left", (await cy.NextAsync("room")).GetProperty("state").GetString());
        await using var bob = await OpenAsync("bob");
        Assert.Equal("2 +bob:online", await NextAsync(ann));
        Assert.DoesNotContain(cy.TakePushed(), f => f.GetProperty("ev").GetString() == "presence");
    }

    [Fact]
    public async Task A_viewer_who_is_no_member_is_told_how_many_there_are_and_never_who()
    {
        var path = await host.RoomAsync(new { type = "channel" }, "ann", "bob");
        var room = path.Split('/')[^1];
        await using var viewer = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(null, new[] { new { room, can = new[] { "read" } } }));
        Assert.Equal("count", (await viewer.DoAsync("join", new { r = room, presence = "list" })).GetProperty("presence").GetString());
        Assert.Equal("0", await NextAsync(viewer));
        await using var ann = await OpenAsync("ann");
        Assert.Equal("1", await NextAsync(viewer));
    }

    [Fact]
    public async Task In_rooms_above_200_there_are_counts_and_a_room_that_becomes_big_says_so_itself()
    {
        var (path, room) = await RoomAsync("ann", "bob");
        await using var ann = await ViewerAsync("ann", room);
        await host.Http.SendAsync($"{path}/members/batch", new { members = Enumerable.Range(0, 199).Select(n => new { user = $"u{n}" }) });
        Assert.Equal("1", await NextAsync(ann)); // 201 members now
        await using var bob = await OpenAsync("bob", new { presence = "list" });
        Assert.Equal(("2", "2"), (await NextAsync(ann), await UntilAsync(bob, line => line == "2")));
        Assert.Equal("count", (await bob.DoAsync("join", new { r = room, presence = "list" })).GetProperty("presence").GetString());
        await host.Http.RemoveAsync($"{path}/members/u0");
        Assert.Equal("all 2 +ann:online +bob:online", await NextAsync(ann));
    }

    [Fact]
    public async Task Hello_asks_for_all_rooms_and_a_later_join_without_it_ends_that()
    {
        var (_, one) = await RoomAsync("ann", "bob");
        var (_, two) = await RoomAsync("ann", "bob");
        await using var ann = await OpenAsync("ann", new { presence = "count" });
        var rooms = new HashSet<string?>();
        while (rooms.Count < 2) rooms.Add((await ann.NextAsync("presence")).GetProperty("r").GetString());
        Assert.Equal("none", (await ann.DoAsync("join", new { r = one })).GetProperty("presence").GetString());
        await using var bob = await OpenAsync("bob");
        JsonElement next;
        do next = await ann.NextAsync("presence"); while (PresenceFixture.Line(next) != "2");
        Assert.Equal(two, next.GetProperty("r").GetString());
        Assert.Equal("validation_failed", await ann.FailAsync("join", new { r = one, presence = "everything" }));
    }

    [Fact]
    public async Task What_a_device_says_is_checked_and_a_viewer_without_a_name_says_nothing()
    {
        var (_, room) = await RoomAsync("ann");
        await using var ann = await OpenAsync("ann");
        foreach (var bad in (object[])[new { }, new { status = "offline" }, new { status = "busy" }, new { status = "dnd", text = "" }, new { status = "dnd", text = new string('x', 129) }, new { status = "online", txt = "a" }])
            Assert.Equal("validation_failed", await ann.FailAsync("presence", bad));
        await ann.DoAsync("presence", new { status = "dnd", text = "busy" });
        Assert.Equal("busy", (await ann.DoAsync("presence", new { status = "dnd" })).GetProperty("text").GetString());
        Assert.Equal(JsonValueKind.Null, (await ann.DoAsync("presence", new { status = "online", text = (string?)null })).GetProperty("text").ValueKind);

        await using var viewer = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(null, new[] { new { room, can = new[] { "read" } } }));
        Assert.Equal("not_found", await viewer.FailAsync("presence", new { status = "online" }));
    }

    [Fact]
    public async Task Places_of_a_node_that_died_are_over_with_its_lease_and_a_node_that_was_only_slow_says_again_what_it_has()
    {
        var (_, room) = await RoomAsync("ann", "bob");
        await using var ann = await ViewerAsync("ann", room);
        var wall = await host.Host.SqlAsync("select tenant_id from relay.presences order by xid desc limit 1");
        await host.Host.SqlAsync("""
            with dead as (insert into relay.nodes (incarnation, node, roles, version, address, seen_at) values (gen_random_uuid(), 'dead', '{}', '0', '', relay.now() - interval '13 seconds') returning incarnation),
              place as (insert into relay.presence_nodes (tenant_id, user_id, incarnation, active) select $1, 'bob', incarnation, true from dead)
            insert into relay.presences (tenant_id, user_id, status) values ($1, 'bob', 'online')
            """, wall!);
        Assert.Equal("2 +bob:online", await NextAsync(ann));
        Assert.Equal("1 -bob", await NextAsync(ann)); // two seconds later

        await host.Host.SqlAsync("delete from relay.presence_nodes where tenant_id = $1", wall!); // ours too: we were taken for dead
        await host.Host.SqlAsync("update relay.presences set status = 'offline' where tenant_id = $1", wall!);
        Assert.Equal("0 -ann", await NextAsync(ann));
        Assert.Equal("1 +ann:online", await NextAsync(ann));
    }

    [Fact]
    public async Task Two_nodes_show_the_same_and_count_a_user_once()
    {
        var (_, room) = await RoomAsync("ann", "bob", "cy");
        await using var ann = await ViewerAsync("ann", room);
        var other = await RelayHost.StartAsync(host.Host.Database, host.Host.Folder);
        var bobThere = await SocketClient.HelloAsync(other.Address, await host.TokenAsync("bob"));
        Assert.Equal("2 +bob:online", await NextAsync(ann));
        await using var bobHere = await OpenAsync("bob");
        await using var cy = await SocketClient.HelloAsync(other.Address, await host.TokenAsync("cy"));
        Assert.Equal("3 +cy:online", await NextAsync(ann));
        await cy.DoAsync("join", new { r = room, presence = "list" });
        Assert.Equal("all 3 +ann:online +bob:online +cy:online", await NextAsync(cy));

        await bobHere.DoAsync("presence", new { status = "dnd" });
        Assert.Equal(("3 ~bob:dnd", "3 ~bob:dnd"), (await NextAsync(ann), await NextAsync(cy)));
        await bobThere.DisposeAsync();
        await cy.DisposeAsync();
        await other.DisposeAsync();
        await LeaveAsync("cy");
        Assert.Equal("2 -cy", await NextAsync(ann)); // bob is here
    }

    [Fact]
    public async Task Another_tenants_users_of_the_same_name_are_other_people()
    {
        var (_, room) = await RoomAsync("ann", "bob");
        var other = await host.ForAnotherTenantAsync();
        await other.RoomAsync(null, "ann", "bob");
        await using var ann = await ViewerAsync("ann", room);
        await using var theirs = await SocketClient.HelloAsync(host.Host.Address, await other.TokenAsync("bob"));
        await theirs.DoAsync("presence", new { status = "dnd" });
        Assert.Equal("offline", (await host.Http.ReadAsync("/v1/users/bob/presence"))["status"].GetString());
        Assert.Equal("dnd", (await other.Http.ReadAsync("/v1/users/bob/presence"))["status"].GetString());
        await using var bob = await OpenAsync("bob");
        Assert.Equal("2 +bob:online", await NextAsync(ann));
    }
}

/// <summary>One node; each test has a tenant of its own.</summary>
public sealed class PresenceFixture : IAsyncLifetime
{
    internal RoomHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await RoomHost.StartAsync(("CHATRELAY_SOCKET_OPS_PER_S", "10000"), ("CHATRELAY_SOCKET_OPS_BURST", "10000"), ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>`all 2 +ann:online -bob ~cy:dnd:text`.</summary>
    internal static string Line(JsonElement frame)
    {
        var words = new List<string>();
        if (frame.TryGetProperty("all", out _)) words.Add("all");
        words.Add($"{frame.GetProperty("count").GetInt32()}");
        foreach (var (name, mark) in (ReadOnlySpan<(string, string)>)[("join", "+"), ("leave", "-"), ("update", "~")])
            if (frame.TryGetProperty(name, out var users))
                words.AddRange(users.EnumerateArray().Select(u => mark + u.GetProperty("user").GetString()
                    + (u.TryGetProperty("status", out var status) ? $":{status.GetString()}" : "") + (u.TryGetProperty("text", out var text) ? $":{text.GetString()}" : "")));
        return string.Join(' ', words);
    }
}
