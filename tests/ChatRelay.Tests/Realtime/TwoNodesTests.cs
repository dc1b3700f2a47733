using ChatRelay.Realtime;
using ChatRelay.TestKit;
using ChatRelay.Tests.Presence;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Realtime;

/// <summary>Two nodes on one database: what happens on the one is seen on the other.</summary>
public sealed class TwoNodesTests(TwoNodesTests.Pair shared) : IClassFixture<TwoNodesTests.Pair>
{
    public sealed class Pair : IAsyncLifetime
    {
        internal RoomHost One { get; private set; } = null!;
        internal RoomHost Other { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            One = await RoomHost.StartAsync();
            Other = await One.BesideAsync();
            await TalkAsync(One, Other);
        }

        public async ValueTask DisposeAsync()
        {
            await Other.DisposeAsync();
            await One.DisposeAsync();
        }
    }

    private RoomHost One => shared.One;
    private RoomHost Other => shared.Other;

    /// <summary>Until the first node has learned that it is not alone, and hears itself.</summary>
    private static async Task TalkAsync(RoomHost one, RoomHost other)
    {
        foreach (var node in (RoomHost[])[one, other])
            await Eventually.Async(async () =>
            {
                await node.Host.Services.GetRequiredService<ChatRelay.Storage.Nodes.NodeHeartbeat>().BeatAsync(CancellationToken.None);
                return node.Host.Services.GetRequiredService<ChatRelay.Storage.Nodes.ThisNode>().Live == 2 && node.Host.Services.GetRequiredService<INodeBus>().State is { Hears: true, Lag.Ticks: > 0 };
            });
    }

    private static async Task<SocketClient> OpenAsync(RoomHost node, string user, object? more = null) => await SocketClient.HelloAsync(node.Host.Address, await node.TokenAsync(user), more);

    private async Task<(string Path, string Id)> RoomAsync(params string[] members)
    {
        var path = await One.RoomAsync(null, members);
        return (path, path.Split('/')[^1]);
    }

    [Fact]
    public async Task A_message_reaches_the_other_node_before_its_heads_are_looked_at()
    {
        var (path, _) = await RoomAsync("ann", "bob");
        await using var ann = await OpenAsync(Other, "ann");
        var began = TimeProvider.System.GetTimestamp();
        const int many = 20;
        for (var n = 0; n < many; n++)
        {
            await One.SayAsync(One.Http, path, $"{n}", new { from = "bob" });
            Assert.Equal($"{n}", (await ann.NextAsync("msg")).GetProperty("body").GetProperty("text").GetString());
        }
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(many), "looking at heads alone takes two seconds for each");
    }

    [Fact]
    public async Task Typing_and_ephemeral_messages_and_read_marks_come_over()
    {
        var (path, room) = await RoomAsync("ann", "bob");
        await using var ann = await OpenAsync(Other, "ann");
        await using var bob = await OpenAsync(One, "bob");
        await bob.DoAsync("signal", new { r = room, kind = "typing" });
        Assert.Equal("bob", (await ann.NextAsync("signal")).GetProperty("from").GetProperty("user").GetString());
        await bob.DoAsync("send", new { r = room, cid = "c", ephemeral = true, body = new { text = "now" } });
        Assert.True((await ann.NextAsync("msg")).GetProperty("ephemeral").GetBoolean());
        await One.SayAsync(One.Http, path, "read me", new { from = "ann" });
        await ann.NextAsync("msg");
        await bob.DoAsync("read", new { r = room, s = 1 });
        Assert.Equal(1, (await ann.NextAsync("read")).GetProperty("s").GetInt64());
    }

    [Fact]
    public async Task Who_is_added_on_one_node_is_told_on_the_other()
    {
        var (path, room) = await RoomAsync("ann");
        await using var cy = await OpenAsync(Other, "cy");
        await One.Http.AskAsync(HttpMethod.Put, $"{path}/members/cy", new { });
        var told = await cy.NextAsync("room");
        Assert.Equal((room, "joined"), (told.GetProperty("r").GetString(), told.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Signals_to_a_users_devices_come_over()
    {
        await RoomAsync("dee", "eve");
        await using var dee = await OpenAsync(One, "dee");
        await using var eve = await OpenAsync(Other, "eve");
        await dee.DoAsync("signal", new { to = new { user = "eve" }, kind = "ring", data = 7 });
        Assert.Equal(7, (await eve.NextAsync("signal")).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task Presence_is_of_all_nodes()
    {
        var (_, room) = await RoomAsync("fay", "gus");
        await using var fay = await OpenAsync(Other, "fay");
        await fay.DoAsync("join", new { r = room, presence = "list" });
        await using var gus = await OpenAsync(One, "gus");
        while (!PresenceFixture.Line(await fay.NextAsync("presence")).Contains("+gus", StringComparison.Ordinal)) { }
    }

    [Fact]
    public async Task A_disconnected_user_and_a_revoked_token_end_on_the_other_node()
    {
        await RoomAsync("han", "ida");
        await using var han = await OpenAsync(Other, "han");
        await using var ida = await OpenAsync(Other, "ida");
        Assert.Equal(204, (await One.Http.AskAsync(HttpMethod.Post, "/v1/users/han/disconnect")).Status);
        Assert.Equal(204, (await One.Http.SendAsync("/v1/tokens/revoke", new { user = "ida" })).Status);
        Assert.Equal((4011, 4011), (await han.Closed, await ida.Closed));
    }

    [Fact]
    public async Task A_signal_waits_for_a_device_that_comes_back_to_another_node_and_select_silences_there()
    {
        await RoomAsync("lea", "max");
        await using var lea = await OpenAsync(One, "lea");
        await using var laptop = await OpenAsync(One, "max", new { device = "laptop" });
        await lea.DoAsync("signal", new { to = new { user = "max" }, kind = "ring", call = "c-1", ttl_ms = 60_000 });
        await using var phone = await OpenAsync(Other, "max", new { device = "phone" });
        foreach (var device in (SocketClient[])[laptop, phone]) Assert.Equal("ring", (await device.NextAsync("signal")).GetProperty("kind").GetString());
        await lea.DoAsync("signal", new { to = new { user = "max", device = "laptop" }, kind = "select", call = "c-1" });
        foreach (var device in (SocketClient[])[laptop, phone]) Assert.Equal("select", (await device.NextAsync("signal")).GetProperty("kind").GetString());
        await using var tablet = await OpenAsync(Other, "max", new { device = "tablet" });
        Assert.Equal("select", (await tablet.NextAsync("signal")).GetProperty("kind").GetString()); // what rang was taken back
    }

    [Fact]
    public async Task A_user_is_there_while_any_node_has_a_socket_of_theirs()
    {
        var (_, room) = await RoomAsync("ned", "ora");
        await using var ned = await OpenAsync(Other, "ned");
        await ned.DoAsync("join", new { r = room, presence = "list" });
        await using var here = await OpenAsync(One, "ora");
        await SeenAsync("+ora:online");
        await using (var there = await OpenAsync(Other, "ora"))
        {
            await here.DoAsync("presence", new { status = "away" }); // the other socket is in use
            await there.DoAsync("presence", new { status = "away" });
            await SeenAsync("~ora:away");
            await here.DoAsync("presence", new { status = "dnd", text = "busy" });
            await SeenAsync("~ora:dnd:busy");
        }
        Assert.Equal("dnd", (await Other.Http.ReadAsync("/v1/users/ora/presence"))["status"].GetString());

        async Task SeenAsync(string wanted)
        {
            while (!PresenceFixture.Line(await ned.NextAsync("presence")).Contains(wanted, StringComparison.Ordinal)) { }
        }
    }

    [Fact]
    public async Task A_step_is_left_out_by_who_is_connected_to_whatever_node()
    {
        object To(string user, string skip) => new { to = new { user, email = "ann@example.com" }, content = new { subject = "Hello", text = "hi" }, route = new object[] { new { channel = "websocket", skip_if = skip, within_s = 600 }, new { channel = "email" } } };
        await using var pam = await OpenAsync(Other, "pam");
        await Eventually.Async(async () => (await One.Http.ReadAsync("/v1/users/pam/presence"))["status"].GetString() == "online");
        foreach (var node in (RoomHost[])[One, Other])
            foreach (var (user, skip, wanted) in (ValueTuple<string, string, string>[])[("pam", "online", "skipped"), ("pam", "offline", "queued"), ("quin", "online", "queued"), ("quin", "offline", "skipped")])
            {
                var sent = await node.Http.SendAsync("/v1/notifications", To(user, skip));
                await Eventually.Async(async () => (await node.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["deliveries.0.status"].GetString() == wanted);
            }
    }

    [Fact]
    public async Task Who_polls_goes_on_at_the_other_node_and_who_is_revoked_there_is_refused_here()
    {
        var (path, room) = await RoomAsync("rae", "sol");
        var epoch = (await One.Http.ReadAsync($"{path}/messages"))["epoch"].GetString()!;
        var token = await One.TokenAsync("rae");
        var follower = new RoomFollower(token, room, epoch);
        for (var n = 0; n < 6; n++)
        {
            var following = follower.FollowAsync((n % 2 == 0 ? One : Other).Host.Address, (Transport)(n % 3), 1);
            await (n % 2 == 0 ? Other : One).SayAsync((n % 2 == 0 ? Other : One).Http, path, $"{n}", new { from = "sol" });
            await following;
        }
        Assert.Equal(6, follower.At);

        await using var stream = await EventStreamClient.HelloAsync(Other.Host.Address, token);
        Assert.Equal(204, (await One.Http.SendAsync("/v1/tokens/revoke", new { user = "rae" })).Status);
        Assert.Equal(4011, await stream.ClosedAsync());
        Assert.Equal(401, (await Other.Host.Anonymous.SendAsync("/v1/connect/poll", new { v = 1, token })).Status);
    }

    [Fact]
    public async Task A_tenants_limit_holds_over_both_nodes_together()
    {
        (string, string)[] limits = [("CHATRELAY_RATE_PER_S", "1"), ("CHATRELAY_RATE_BURST", "100")];
        await using var one = await RoomHost.StartAsync(limits);
        await using var other = await one.BesideAsync(limits);
        foreach (var node in (RoomHost[])[one, other]) await node.Host.Services.GetRequiredService<ChatRelay.Storage.Nodes.NodeHeartbeat>().BeatAsync(CancellationToken.None);
        var tenant = await one.ForAnotherTenantAsync();
        var began = TimeProvider.System.GetTimestamp();
        var passed = 0;
        foreach (var node in (RoomHost[])[tenant, tenant.Of(other.Host)])
            while ((await node.Http.ReadAsync("/v1/tenant")).Status == 200) passed++;
        Assert.InRange(passed, 100, 100 + (int)(2 * TimeProvider.System.GetElapsedTime(began).TotalSeconds) + 2);
    }

    [Fact]
    public async Task Another_tenants_user_of_the_same_name_hears_nothing()
    {
        var stranger = await Other.ForAnotherTenantAsync();
        await stranger.RoomAsync(null, "jo", "kit");
        var (path, room) = await RoomAsync("jo", "kit");
        await using var theirs = await OpenAsync(stranger, "jo");
        await using var ours = await OpenAsync(Other, "jo");
        await using var kit = await OpenAsync(One, "kit");
        await kit.DoAsync("signal", new { r = room, kind = "typing" });
        await One.SayAsync(One.Http, path, "ours", new { from = "kit" });
        await ours.NextAsync("signal");
        await ours.NextAsync("msg");
        await theirs.FailAsync("nothing");
        Assert.DoesNotContain(theirs.TakePushed(), f => f.GetProperty("ev").GetString() is "msg" or "signal");
    }

    [Fact]
    public async Task A_dead_or_frozen_Redis_loses_nothing_and_health_tells_of_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new ChaosProxy($"Host=127.0.0.1;Port={redis.Port}");
        await using var one = await RoomHost.StartAsync(("CHATRELAY_REDIS", $"127.0.0.1:{way.Port}"));
        await using var other = await one.BesideAsync(("CHATRELAY_REDIS", $"127.0.0.1:{way.Port}"));
        await TalkAsync(one, other);
        Assert.Equal(("ok", "redis", "ok"), await HealthAsync(other));
        var path = await one.RoomAsync(null, "ann", "bob");
        await using var ann = await OpenAsync(other, "ann");
        await SayAndHearAsync("live");

        way.Stalled = true;
        await SayAndHearAsync("frozen"); // by the heads, before anybody knows
        await Eventually.Async(async () => await HealthAsync(other) == ("degraded", "redis", "away"));
        await SayAndHearAsync("known to be frozen");
        way.Stalled = false;
        await Eventually.Async(async () => await HealthAsync(other) == ("ok", "redis", "ok"));
        await SayAndHearAsync("thawed");

        await redis.KillAsync();
        await SayAndHearAsync("dead");
        await Eventually.Async(async () => await HealthAsync(other) == ("degraded", "redis", "away"));
        Assert.Contains("chatrelay_bus_hears 0", (await other.Host.Operator.ReadAsync("/metrics")).Text, StringComparison.Ordinal);
        await redis.StartAsync();
        await Eventually.Async(async () => await HealthAsync(other) == ("ok", "redis", "ok"));
        await SayAndHearAsync("back");

        async Task SayAndHearAsync(string text)
        {
            await one.SayAsync(one.Http, path, text, new { from = "bob" });
            Assert.Equal(text, (await ann.NextAsync("msg")).GetProperty("body").GetProperty("text").GetString());
        }
    }

    private static async Task<(string?, string?, string?)> HealthAsync(RoomHost node)
    {
        var health = await node.Host.Operator.ReadAsync("/health/detailed");
        return (health["status"].GetString(), health["bus"].GetProperty("kind").GetString(), health["bus"].GetProperty("status").GetString());
    }
}
