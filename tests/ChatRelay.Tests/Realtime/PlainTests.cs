using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ChatRelay.Realtime;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Realtime;

/// <summary>Without WebSocket: the same frames and positions as Server-Sent Events and as answers to polls.</summary>
public sealed class PlainTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private const string Events = "/v1/connect/events", Poll = "/v1/connect/poll";

    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Uri Relay => host.Host.Address;

    private static Sockets SocketsOf(RoomHost host) => host.Host.Services.GetRequiredService<Sockets>();

    private static string IdOf(string path) => path.Split('/')[^1];

    private static object At(string room, string epoch, long seq) => new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = seq } } };

    private async Task<string> EpochAsync(string path) => (await host.Http.ReadAsync($"{path}/messages"))["epoch"].GetString()!;

    private Task<Said> PollAsync(object body) => host.Host.Anonymous.SendAsync(Poll, body);

    private static IReadOnlyList<JsonElement> FramesOf(Said poll) => [.. poll["frames"].EnumerateArray()];

    private static string[] EventsOf(Said poll) => [.. FramesOf(poll).Skip(1).Select(f => f.GetProperty("ev").GetString()!)];

    [Fact]
    public async Task The_same_story_over_all_three_gives_the_same_log()
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        var (ann, bob) = (await host.AsAsync("ann"), await host.AsAsync("bob"));
        for (var n = 1; n <= 3; n++) await host.SayAsync(bob, path, $"before {n}"); // replayed
        var (token, epoch) = (await host.TokenAsync("ann"), await EpochAsync(path));
        var followers = Enum.GetValues<Transport>().ToDictionary(t => t, _ => new RoomFollower(token, IdOf(path), epoch));
        var following = followers.Select(f => f.Value.FollowAsync(Relay, f.Key)).ToList();
        await Eventually.Async(() => Task.FromResult(followers.Values.All(f => f.At >= 3)));

        var said = await host.SayAsync(bob, path, "live");
        await host.SayAsync(ann, path, "her own", new { client_id = "c-1" });
        await bob.ChangeAsync($"{path}/messages/{said.Id}", new { body = new { text = "edited" } });
        await ann.SendAsync($"{path}/messages/{said.Id}/reactions", new { key = "👍" });
        await host.Http.AskAsync(HttpMethod.Put, $"{path}/pins/{said.Id}");
        Assert.Equal(201, (await bob.SendAsync($"{path}/messages", "{\"body\":{\n  \"a\\nb\" : [ 1,\n\n 2 ],\n \"x\": \"\\r\\n\"\n}}")).Status); // on several lines, as it came
        await bob.SendAsync($"{path}/messages", new { encrypted = new { alg = "mls", ciphertext = Convert.ToBase64String(Enumerable.Range(0, 256).Select(n => (byte)n).ToArray()) } });
        await bob.RemoveAsync($"{path}/messages/{said.Id}");
        await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/cy", new { });
        await host.SayAsync(bob, path, "end");
        await Task.WhenAll(following);

        var head = (await host.Http.ReadAsync($"{path}/messages"))["head"].GetInt64();
        var bySocket = followers[Transport.Socket].Log.Select(f => f.GetRawText()).ToList();
        Assert.Equal(Enumerable.Range(1, (int)head).Select(n => (long)n), followers[Transport.Socket].Log.Select(f => f.GetProperty("s").GetInt64()));
        Assert.Contains(bySocket, f => f.Contains("\n  \"a\\nb\" : [ 1,\n\n 2 ],\n", StringComparison.Ordinal));
        Assert.Equal(bySocket, followers[Transport.Stream].Log.Select(f => f.GetRawText()));
        Assert.Equal(bySocket, followers[Transport.Poll].Log.Select(f => f.GetRawText()));
    }

    [Fact]
    public async Task Who_changes_what_carries_it_in_mid_room_has_each_number_once()
    {
        const int many = 120;
        var path = await host.RoomAsync(null, "ann", "bob");
        var follower = new RoomFollower(await host.TokenAsync("ann"), IdOf(path), await EpochAsync(path));
        var talking = Task.Run(async () =>
        {
            for (var n = 1; n < many; n++) await host.SayAsync(host.Http, path, $"{n}", new { from = "bob" });
            await host.SayAsync(host.Http, path, "end", new { from = "bob" });
        });
        var chance = new Random(11);
        var used = new HashSet<Transport>();
        while (!follower.AtEnd)
        {
            var next = (Transport)chance.Next(3);
            used.Add(next);
            await follower.FollowAsync(Relay, next, chance.Next(1, 9));
        }
        await talking;

        Assert.Equal(3, used.Count);
        Assert.Equal(Enumerable.Range(1, many - 1).Select(n => $"{n}").Append("end"), follower.Log.Select(f => f.GetProperty("body").GetProperty("text").GetString()));
    }

    [Fact]
    public async Task A_poll_is_answered_at_once_with_what_is_not_known_and_else_waits_for_it()
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        var (room, token) = (IdOf(path), await host.TokenAsync("ann"));
        var first = await PollAsync(new { v = 1, token });
        var standing = FramesOf(first)[0].GetProperty("ok").GetProperty("rooms").GetProperty(room);
        Assert.Equal((0, "current"), (standing.GetProperty("head").GetInt64(), standing.GetProperty("state").GetString()));
        var epoch = standing.GetProperty("e").GetString()!;

        var waits = PollAsync(new { v = 1, token, id = 7, op = "hello", resume = At(room, epoch, 0) });
        await Eventually.Async(() => Task.FromResult(SocketsOf(host).Of(WallOf(host), "ann").Count == 1));
        Assert.False(waits.IsCompleted);
        await host.SayAsync(host.Http, path, "one", new { from = "bob" });
        var second = FramesOf(await waits);
        Assert.Equal((7, "current"), (second[0].GetProperty("id").GetInt32(), second[0].GetProperty("ok").GetProperty("rooms").GetProperty(room).GetProperty("state").GetString()));
        Assert.Equal("one", second[1].GetProperty("body").GetProperty("text").GetString());

        Assert.Equal(["msg"], EventsOf(await PollAsync(new { v = 1, token, resume = At(room, epoch, 0) }))); // what it lacks
        Assert.Equal("reset", StateOf(await PollAsync(new { v = 1, token, resume = At(room, epoch, 9) }), room));
        Assert.Empty(EventsOf(await PollAsync(new { v = 1, token, resume = At(room, epoch, 1), wait_s = 0 })));
        await Eventually.Async(() => Task.FromResult(SocketsOf(host).Of(WallOf(host), "ann").Count == 0));

        waits = PollAsync(new { v = 1, token, resume = At(room, epoch, 1) });
        await Eventually.Async(() => Task.FromResult(SocketsOf(host).Of(WallOf(host), "ann").Count == 1));
        var other = IdOf(await host.RoomAsync(null, "bob"));
        await host.Http.AskAsync(HttpMethod.Put, $"/v1/rooms/{other}/members/ann", new { });
        Assert.Equal("room", EventsOf(await waits)[0]);
        Assert.Equal("current", StateOf(await PollAsync(new { v = 1, token, resume = At(room, epoch, 1) }), other)); // and then it is told where that one stands
    }

    private static string? StateOf(Said poll, string room) => FramesOf(poll)[0].GetProperty("ok").GetProperty("rooms").GetProperty(room).GetProperty("state").GetString();

    private static Guid WallOf(RoomHost host) => ChatRelay.Protocol.RelayId.TryParse<ChatRelay.Protocol.TenantId>(host.Tenant.Id, out var id) ? id.Value : throw new InvalidOperationException("no id of a tenant");

    [Fact]
    public async Task More_than_a_poll_holds_comes_with_the_next_ones()
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        const int many = 60;
        for (var n = 1; n < many; n++) await host.SayAsync(host.Http, path, new string('x', 10_000), new { from = "bob" });
        await host.SayAsync(host.Http, path, "end", new { from = "bob" });
        var follower = new RoomFollower(await host.TokenAsync("ann"), IdOf(path), await EpochAsync(path));

        await follower.FollowAsync(Relay, Transport.Poll, 1);
        Assert.InRange(follower.Log.Count, 20, 35); // some 256 KB
        await follower.FollowAsync(Relay, Transport.Poll);
        Assert.Equal(many, follower.Log.Count);
    }

    [Fact]
    public async Task A_signal_is_given_to_each_poll_until_it_says_that_it_has_it()
    {
        await host.RoomAsync(null, "dee", "eve");
        await using var dee = await SocketClient.HelloAsync(Relay, await host.TokenAsync("dee"));
        var sid = (await dee.DoAsync("signal", new { to = new { user = "eve" }, kind = "ring", data = 7, ttl_ms = 60_000 })).GetProperty("sid").GetString();
        var token = await host.TokenAsync("eve");
        Assert.Equal(["signal"], EventsOf(await PollAsync(new { v = 1, token, wait_s = 0 })));
        Assert.Equal(["signal"], EventsOf(await PollAsync(new { v = 1, token, wait_s = 0, resume = new { signals = new[] { Guid.NewGuid().ToString("n") } } })));
        Assert.Empty(EventsOf(await PollAsync(new { v = 1, token, wait_s = 0, resume = new { signals = new[] { sid } } })));
    }

    [Fact]
    public async Task A_notification_comes_over_a_stream_and_over_a_poll_and_from_the_position_only_once()
    {
        var token = await host.TokenAsync("gus");
        await using var stream = await EventStreamClient.HelloAsync(Relay, token);
        await host.Http.SendAsync("/v1/notifications", new { to = new { user = "gus" }, content = new { text = "hi" }, route = new[] { new { channel = "websocket" } } });
        var entry = await stream.NextAsync("inbox");
        var (e, s) = (entry.GetProperty("e").GetString(), entry.GetProperty("s").GetInt64());
        Assert.Equal(["inbox"], EventsOf(await PollAsync(new { v = 1, token, resume = new { inbox = new { e, s = s - 1 } } })));
        Assert.Empty(EventsOf(await PollAsync(new { v = 1, token, wait_s = 0, resume = new { inbox = new { e, s } } })));
    }

    [Fact]
    public async Task Nothing_of_another_tenants_is_to_be_seen()
    {
        var other = await shared.Rooms.ForAnotherTenantAsync();
        var theirs = IdOf(await other.RoomAsync(null, "ann"));
        var unknown = $"{ChatRelay.Protocol.RelayId.New<ChatRelay.Protocol.RoomId>(DateTimeOffset.UnixEpoch.AddYears(56))}";
        var token = await host.TokenAsync("ann");
        foreach (var path in (string[])[Events, Poll])
        {
            var (foreign, nobodys) = (await AskAsync(path, theirs), await AskAsync(path, unknown));
            Assert.Equal(nobodys.Replace(unknown, "ROOM", StringComparison.Ordinal), foreign.Replace(theirs, "ROOM", StringComparison.Ordinal));
            Assert.Contains("\"state\":\"denied\"", foreign, StringComparison.Ordinal);
        }
        await using var stream = await EventStreamClient.HelloAsync(Relay, await other.TokenAsync("ann"));
        await host.RoomAsync(null, "ann"); // the same user's name behind the other wall
        await other.SayAsync(other.Http, $"/v1/rooms/{theirs}", "theirs");
        Assert.Equal(theirs, (await stream.NextAsync())?.GetProperty("r").GetString());

        async Task<string> AskAsync(string path, string room)
        {
            if (path == Poll) return FramesOf(await PollAsync(new { v = 1, token, wait_s = 0, resume = At(room, "1.1-5f3a", 3) }))[0].GetProperty("ok").GetProperty("rooms").GetRawText();
            await using var events = await EventStreamClient.HelloAsync(Relay, token, new { resume = At(room, "1.1-5f3a", 3) });
            return events.Welcome.GetProperty("rooms").GetRawText();
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_hello_is_answered_as_any_request_is()
    {
        var token = await host.TokenAsync("ann");
        var (bound, revoked) = (await host.TokenAsync("ann", device: "phone"), await host.TokenAsync("zoe"));
        Assert.Equal(204, (await host.Http.SendAsync("/v1/tokens/revoke", new { user = "zoe" })).Status);
        var asks = host.Host.Anonymous;
        foreach (var path in (string[])[Events, Poll])
        {
            foreach (var nobody in (object[])[new { v = 1 }, new { v = 1, token = 7 }, new { v = 1, token = "" }, new { v = 1, token = "nonsense" }, new { v = 2, token = "nonsense", dance = 1 }, new[] { token }, new { v = 1, token = revoked }, new { v = 1, token = bound, device = "laptop" }])
            {
                var refused = await asks.SendAsync(path, nobody);
                Assert.Equal((401, "unauthorized", "The token is not valid here, or no longer."), (refused.Status, refused.Code, refused["detail"].GetString()));
            }
            Assert.Equal(401, (await host.Http.SendAsync(path, new { v = 1, token = host.Tenant.Key })).Status); // a tenant's key is no user

            Assert.Equal(["/v not_allowed"], (await asks.SendAsync(path, new { v = 2, token })).Faults);
            Assert.Equal(["/op not_allowed"], (await asks.SendAsync(path, new { v = 1, token, op = "send" })).Faults);
            Assert.Equal(["/dance unknown_field", "/device invalid_format", "/resume/inbox wrong_type", "/resume/rooms/r/s missing"], (await asks.SendAsync(path, new
            {
                v = 1,
                token,
                dance = 1,
                device = "a b",
                resume = new { inbox = 7, rooms = new { r = new { e = "1" } } },
            })).Faults.Order());
            Assert.Equal((400, "invalid_json"), await CodeOfAsync(asks, path, "{"));
            Assert.Equal((400, "invalid_json"), await CodeOfAsync(asks, path, "{\"v\":1,\"v\":1}"));
            Assert.Equal((400, "invalid_parameter"), await CodeOfAsync(asks, $"{path}?wait_s=1", JsonSerializer.Serialize(new { v = 1, token })));
            Assert.Equal((413, "payload_too_large"), await CodeOfAsync(asks, path, $"{{\"v\":1,\"client\":\"{new string('x', 300_000)}\"}}"));
            Assert.Equal((415, "unsupported_media_type"), await CodeOfAsync(asks, path, new StringContent("{}", Encoding.UTF8, new MediaTypeHeaderValue("text/plain"))));
            Assert.Equal(405, (await asks.ReadAsync(path)).Status);
        }
        Assert.Equal(["/wait_s out_of_range"], (await asks.SendAsync(Poll, new { v = 1, token, wait_s = 26 })).Faults);
        Assert.Equal(["/wait_s unknown_field"], (await asks.SendAsync(Events, new { v = 1, token, wait_s = 1 })).Faults);

        static async Task<(int, string)> CodeOfAsync(HttpClient by, string path, object body)
        {
            var said = await by.SendAsync(path, body);
            return (said.Status, said.Code);
        }
    }

    [Fact]
    public async Task A_suspended_tenant_a_user_over_their_rate_and_a_page_of_another_origin_are_refused()
    {
        await using var own = await RoomHost.StartAsync(("CHATRELAY_USER_RATE_PER_S", "1"), ("CHATRELAY_USER_RATE_BURST", "3"));
        var (token, suspended) = (await own.TokenAsync("ann"), await own.ForAnotherTenantAsync());
        var theirs = await suspended.TokenAsync("ann");
        Assert.Equal(200, (await own.Host.Operator.ChangeAsync($"/v1/tenants/{suspended.Tenant.Id}", new { status = "suspended" })).Status);
        foreach (var path in (string[])[Events, Poll])
        {
            var refused = await own.Host.Anonymous.SendAsync(path, new { v = 1, token = theirs });
            Assert.Equal((403, "tenant_suspended"), (refused.Status, refused.Code));
        }

        var polls = new List<Said>();
        while (polls.Count < 20 && polls.LastOrDefault()?.Status != 429) polls.Add(await own.Host.Anonymous.SendAsync(Poll, new { v = 1, token, wait_s = 0 }));
        Assert.Equal((200, 429, "rate_limited"), (polls[0].Status, polls[^1].Status, polls[^1].Code));
        Assert.Equal("1", polls[^1].Headers["Retry-After"]);

        Assert.Equal(200, (await own.Http.ChangeAsync("/v1/tenant", new { allowed_origins = (string[])["https://app.example"] })).Status);
        var bob = await own.TokenAsync("bob");
        foreach (var (origin, status) in (ValueTuple<string, int>[])[("https://evil.example", 401), ("https://app.example", 200)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Poll) { Content = new StringContent(JsonSerializer.Serialize(new { v = 1, token = bob, wait_s = 0 }), Encoding.UTF8, "application/json") };
            request.Headers.Add("Origin", origin);
            using var answer = await own.Host.Anonymous.SendAsync(request);
            Assert.Equal((status, "*"), ((int)answer.StatusCode, answer.Headers.GetValues("Access-Control-Allow-Origin").Single()));
        }
    }

    [Fact]
    public async Task A_page_of_any_origin_may_ask_before_it_posts()
    {
        foreach (var path in (string[])[Events, Poll])
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, new Uri(Relay, path));
            request.Headers.Add("Origin", "https://app.example");
            request.Headers.Add("Access-Control-Request-Method", "POST");
            using var plain = new HttpClient();
            using var answer = await plain.SendAsync(request);
            Assert.Equal((204, "*"), ((int)answer.StatusCode, answer.Headers.GetValues("Access-Control-Allow-Origin").Single()));
        }
    }

    [Fact]
    public async Task A_full_node_refuses_before_it_has_read_who_it_is()
    {
        await using var own = await RoomHost.StartAsync(("CHATRELAY_SOCKETS", "1"));
        await using var one = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("ann"));
        foreach (var path in (string[])[Events, Poll])
        {
            var refused = await own.Host.Anonymous.SendAsync(path, "{");
            Assert.Equal((503, "unavailable", "5"), (refused.Status, refused.Code, refused.Headers["Retry-After"]));
        }
    }

    [Fact]
    public async Task A_tenants_and_a_users_number_counts_whatever_carries_them()
    {
        await using var own = await RoomHost.StartAsync(("CHATRELAY_TENANT_SOCKETS", "2"), ("CHATRELAY_USER_SOCKETS", "1"));
        await using var first = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("ann"));
        await using var second = await SocketClient.HelloAsync(own.Host.Address, await own.TokenAsync("ann"));
        Assert.Equal(4013, await first.ClosedAsync());
        await Eventually.Async(() => Task.FromResult(SocketsOf(own).Count == 1));
        await using var third = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("bob"));
        Assert.Equal(503, (await own.Host.Anonymous.SendAsync(Poll, new { v = 1, token = await own.TokenAsync("cy") })).Status);
    }

    [Fact]
    public async Task A_stream_ends_with_a_word_when_its_token_does_and_when_its_node_does()
    {
        var own = await RoomHost.StartAsync();
        await using var revoked = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("ann"));
        await using var other = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("bob"));
        await own.Http.SendAsync("/v1/users/ann/disconnect", new { });
        Assert.Equal(4011, await revoked.ClosedAsync());

        using var asks = own.Host.Client(null); // the host's own ones end with it
        var waits = asks.SendAsync(Poll, new { v = 1, token = await own.TokenAsync("cy") });
        await Eventually.Async(() => Task.FromResult(SocketsOf(own).Count == 2));
        var stopping = own.DisposeAsync().AsTask();
        Assert.Equal(4200, await other.ClosedAsync());
        Assert.Equal(4200, FramesOf(await waits)[^1].GetProperty("code").GetInt32());
        await stopping;
    }

    [Fact]
    public async Task A_quiet_stream_is_kept_awake_and_asked_for_nothing()
    {
        await using var own = await RoomHost.StartAsync(("CHATRELAY_SOCKET_PING", "1s"), ("CHATRELAY_SOCKET_PONG", "1s"));
        var path = await own.RoomAsync(null, "ann");
        await using var stream = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("ann"));
        for (var n = 0; n < 3; n++) Assert.Equal("ping", (await stream.NextAsync())?.GetProperty("ev").GetString());
        await own.SayAsync(own.Http, path, "still there");
        await stream.NextAsync("msg");
    }

    [Fact]
    public async Task Who_leaves_is_gone_and_follows_nothing_any_more()
    {
        var path = await host.RoomAsync(null, "ann");
        var stream = await EventStreamClient.HelloAsync(Relay, await host.TokenAsync("ann"));
        await Eventually.Async(() => Task.FromResult(SocketsOf(host).Of(WallOf(host), "ann").Count == 1));
        await stream.DisposeAsync();
        await Eventually.Async(() => Task.FromResult(SocketsOf(host).Of(WallOf(host), "ann").Count == 0));
        await host.SayAsync(host.Http, path, "to nobody");
    }

    [Fact]
    public async Task Who_does_not_read_a_stream_costs_what_may_wait_and_nobody_else_waits()
    {
        const int most = 100_000, many = 300;
        await using var own = await RoomHost.StartAsync(("CHATRELAY_SOCKET_BUFFER_BYTES", $"{most}"), ("CHATRELAY_SOCKET_STALL", "600s"));
        var (budget, path) = (own.Host.Services.GetRequiredService<OutboxBudget>(), await own.RoomAsync(null, "ann", "bob"));
        var epoch = (await own.Http.ReadAsync($"{path}/messages"))["epoch"].GetString()!;
        await using var slow = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("ann"), receiveBuffer: 4096);
        await using var quick = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("bob"));
        var worst = 0L;
        for (var n = 1; n <= many; n++)
        {
            await own.SayAsync(own.Http, path, new string('x', 4_000), new { from = "bob" });
            Assert.Equal(n, (await quick.NextAsync("msg")).GetProperty("s").GetInt64());
            worst = Math.Max(worst, budget.Waiting);
        }
        Assert.InRange(worst, 10_000, 2 * most);
        await Eventually.Async(() => Task.FromResult(SocketsOf(own).Count == 1)); // it was told to come back, and did not read that either

        var had = 0L;
        while (await slow.NextAsync() is { } frame && frame.GetProperty("ev").GetString() == "msg") Assert.Equal(++had, frame.GetProperty("s").GetInt64());
        Assert.InRange(had, 1, many - 1);
        await using var again = await EventStreamClient.HelloAsync(own.Host.Address, await own.TokenAsync("ann"), new { resume = At(IdOf(path), epoch, had) });
        while (had < many) Assert.Equal(++had, (await again.NextAsync("msg")).GetProperty("s").GetInt64());
    }

    [Fact]
    public async Task A_stream_whose_sight_has_changed_ends_to_come_back()
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        await using var stream = await EventStreamClient.HelloAsync(Relay, await host.TokenAsync("ann"));
        Assert.Equal(200, (await host.Http.ChangeAsync(path, new { history = "since_join" })).Status);
        await stream.NextAsync("head");
        Assert.Equal(4202, (await stream.NextAsync("bye")).GetProperty("code").GetInt32());
        Assert.Null(await stream.NextAsync());
    }
}
