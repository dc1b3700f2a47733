using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Presence;

/// <summary>What is said for the moment only: in a room, and to a user's devices.</summary>
public sealed class SignalTests(PresenceFixture shared) : IClassFixture<PresenceFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Host.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<SocketClient> OpenAsync(string user, string? device = null, object? rooms = null) =>
        await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(user, rooms), device is null ? null : new { device });

    private async Task<string> RoomAsync(object? settings, params string[] members) => (await host.RoomAsync(settings, members)).Split('/')[^1];

    private static async Task<bool> ToldAsync(SocketClient by, object signal) => (await by.DoAsync("signal", signal)).GetProperty("told").GetBoolean();

    /// <summary>What has come of signals, up to and with the answer to a later op.</summary>
    private static async Task<IReadOnlyList<string>> KindsAsync(SocketClient of)
    {
        await of.FailAsync("nothing");
        return [.. of.TakePushed().Where(f => f.GetProperty("ev").GetString() == "signal").Select(f => f.GetProperty("kind").GetString()!)];
    }

    [Fact]
    public async Task Typing_comes_to_everybody_in_the_room_the_sender_too_and_once_in_three_seconds()
    {
        var room = await RoomAsync(null, "ann", "bob");
        await using var ann = await OpenAsync("ann", "phone");
        await using var bob = await OpenAsync("bob");
        Assert.True(await ToldAsync(ann, new { r = room, kind = "typing" }));
        foreach (var reader in (SocketClient[])[ann, bob])
        {
            var typing = await reader.NextAsync("signal");
            Assert.Equal((room, "ann", "phone", "typing", 8000), (typing.GetProperty("r").GetString(), typing.GetProperty("from").GetProperty("user").GetString(),
                typing.GetProperty("from").GetProperty("device").GetString(), typing.GetProperty("kind").GetString(), typing.GetProperty("show_ms").GetInt32()));
            Assert.False(typing.TryGetProperty("data", out _));
        }
        Assert.False(await ToldAsync(ann, new { r = room, kind = "typing" }));
        Assert.True(await ToldAsync(bob, new { r = room, kind = "typing" })); // each for themselves
        Assert.True(await ToldAsync(ann, new { r = room, kind = "cursor", data = new { x = 3 } }));
        Assert.Equal("typing", (await bob.NextAsync("signal")).GetProperty("kind").GetString());
        Assert.Equal("""{"x":3}""", (await bob.NextAsync("signal")).GetProperty("data").GetRawText());
        Assert.Empty(await RoomHost.LogAsync(host.Http, $"/v1/rooms/{room}")); // nothing of it is in the log
    }

    [Fact]
    public async Task Who_may_not_signal_in_a_room_is_refused_as_in_everything_else()
    {
        var path = await host.RoomAsync(new { type = "channel" }, "ann", "bob");
        var room = path.Split('/')[^1];
        await using var cy = await OpenAsync("cy");
        Assert.Equal("not_found", await cy.FailAsync("signal", new { r = room, kind = "typing" }));
        await using var reading = await OpenAsync("ann", null, new[] { new { room, can = new[] { "read", "send" } } });
        Assert.Equal("forbidden", await reading.FailAsync("signal", new { r = room, kind = "typing" }));
        await using var granted = await OpenAsync("dee", null, new[] { new { room, can = new[] { "read", "signal" } } });
        Assert.True(await ToldAsync(granted, new { r = room, kind = "wave" }));
        await using var bob = await OpenAsync("bob");
        Assert.True(await ToldAsync(bob, new { r = room, kind = "wave" }));
        await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/bob", new { muted_until = DateTimeOffset.UtcNow.AddHours(1) });
        Assert.Equal("forbidden", await bob.FailAsync("signal", new { r = room, kind = "hello" }));

        var direct = await RoomAsync(new { type = "direct" }, "ann", "bob");
        await host.Http.AskAsync(HttpMethod.Put, "/v1/users/ann/blocks/bob");
        Assert.Equal("blocked", await bob.FailAsync("signal", new { r = direct, kind = "typing" }));
        await using var ann = await OpenAsync("ann");
        Assert.Equal("blocked", await ann.FailAsync("signal", new { r = direct, kind = "typing" }));
    }

    [Fact]
    public async Task A_signal_is_checked_with_every_member_and_its_size()
    {
        var room = await RoomAsync(null, "ann", "bob");
        await using var ann = await OpenAsync("ann");
        async Task<string> PointerAsync(object signal)
        {
            var error = (await ann.AskAsync("signal", signal)).GetProperty("error");
            Assert.Equal("validation_failed", error.GetProperty("code").GetString());
            return error.GetProperty("pointer").GetString()!;
        }
        Assert.Equal("/kind", await PointerAsync(new { r = room }));
        Assert.Equal("/kind", await PointerAsync(new { r = room, kind = "Typing!" }));
        Assert.Equal("/r", await PointerAsync(new { kind = "typing" }));
        Assert.Equal("/data", await PointerAsync(new { r = room, kind = "cursor", data = new string('x', 1023) })); // 1,025 with its quotes
        Assert.True(await ToldAsync(ann, new { r = room, kind = "cursor", data = new string('x', 1022) }));
        Assert.Equal("/ttl_ms", await PointerAsync(new { r = room, kind = "cursor", ttl_ms = 5 }));
        Assert.Equal("/call", await PointerAsync(new { r = room, kind = "cursor", call = "c" }));
        Assert.Equal("/colour", await PointerAsync(new { r = room, kind = "cursor", colour = 5 }));
        Assert.Equal("/encrypted", await PointerAsync(new { r = room, kind = "cursor", data = 1, encrypted = new { alg = "a", ciphertext = "AAAA" } }));
        Assert.Equal("/to/user", await PointerAsync(new { to = new { user = "a b" }, kind = "offer" }));
        Assert.Equal("/ttl_ms", await PointerAsync(new { to = new { user = "bob" }, kind = "offer", ttl_ms = 60_001 }));
        Assert.Equal("/to", await PointerAsync(new { to = new { user = "bob" }, kind = "select" }));
        Assert.Equal("/data", await PointerAsync(new { to = new { user = "bob" }, kind = "offer", data = new string('x', 16 * 1024) }));
    }

    [Fact]
    public async Task An_encrypted_room_takes_nothing_plain_and_gives_back_what_it_got()
    {
        var room = await RoomAsync(new { encrypted = true }, "ann", "bob");
        await using var ann = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob", "phone");
        Assert.Equal("conflict", await ann.FailAsync("signal", new { r = room, kind = "cursor", data = 1 }));
        Assert.True(await ToldAsync(ann, new { r = room, kind = "typing" }));
        Assert.True(await ToldAsync(ann, new { r = room, kind = "cursor", encrypted = new { alg = "mls", ciphertext = "3q2+7w==" } }));
        Assert.Equal("typing", (await bob.NextAsync("signal")).GetProperty("kind").GetString());
        Assert.Equal("""{"alg":"mls","ciphertext":"3q2+7w=="}""", (await bob.NextAsync("signal")).GetProperty("encrypted").GetRawText());

        Assert.Equal("conflict", await ann.FailAsync("signal", new { to = new { user = "bob" }, kind = "offer", data = 1 }));
        await ann.DoAsync("signal", new { to = new { user = "bob" }, kind = "ring" });
        await ann.DoAsync("signal", new { to = new { user = "bob" }, kind = "offer", encrypted = new { alg = "mls", ciphertext = "AAAA" } });
        Assert.Equal("ring", (await bob.NextAsync("signal")).GetProperty("kind").GetString());
        Assert.Equal("AAAA", (await bob.NextAsync("signal")).GetProperty("encrypted").GetProperty("ciphertext").GetString());

        var open = await RoomAsync(null, "ann", "bob"); // now there is a room in which it may be plain
        await ann.DoAsync("signal", new { to = new { user = "bob" }, kind = "offer", data = 1 });
        Assert.Equal("conflict", await ann.FailAsync("signal", new { to = new { user = "bob" }, r = room, kind = "offer", data = 1 }));
        await ann.DoAsync("signal", new { to = new { user = "bob" }, r = open, kind = "offer", data = 1 });
    }

    [Fact]
    public async Task A_call_is_set_up_between_devices_and_the_others_fall_silent()
    {
        await RoomAsync(null, "ann", "bob");
        await using var ann = await OpenAsync("ann", "phone");
        await using var phone = await OpenAsync("bob", "phone");
        await using var laptop = await OpenAsync("bob", "laptop");
        await using var cy = await OpenAsync("cy", "phone");

        var rung = await ann.DoAsync("signal", new { to = new { user = "bob", device = "*" }, kind = "offer", call = "c-1", data = new { sdp = "v=0" } });
        foreach (var device in (SocketClient[])[phone, laptop])
        {
            var offer = await device.NextAsync("signal");
            Assert.Equal(rung.GetProperty("sid").GetString(), offer.GetProperty("sid").GetString());
            Assert.Equal(("ann", "phone", "bob", "*", "offer", "c-1", "v=0"), (offer.GetProperty("from").GetProperty("user").GetString(), offer.GetProperty("from").GetProperty("device").GetString(),
                offer.GetProperty("to").GetProperty("user").GetString(), offer.GetProperty("to").GetProperty("device").GetString(), offer.GetProperty("kind").GetString(), offer.GetProperty("call").GetString(),
                offer.GetProperty("data").GetProperty("sdp").GetString()));
            Assert.Equal(rung.GetProperty("exp").GetString(), offer.GetProperty("exp").GetString());
        }
        await laptop.DoAsync("signal", new { to = new { user = "ann", device = "phone" }, kind = "answer", call = "c-1", data = 1 });
        Assert.Equal("laptop", (await ann.NextAsync("signal")).GetProperty("from").GetProperty("device").GetString());
        await ann.DoAsync("signal", new { to = new { user = "bob", device = "laptop" }, kind = "select", call = "c-1" });
        foreach (var device in (SocketClient[])[phone, laptop])
            Assert.Equal(("select", "laptop"), (await device.NextAsync("signal")) is var select ? (select.GetProperty("kind").GetString(), select.GetProperty("to").GetProperty("device").GetString()) : default);
        for (var n = 0; n < 20; n++) await ann.DoAsync("signal", new { to = new { user = "bob", device = "laptop" }, kind = "candidate", call = "c-1", data = n });
        for (var n = 0; n < 20; n++) Assert.Equal(n, (await laptop.NextAsync("signal")).GetProperty("data").GetInt32()); // in their order
        await ann.DoAsync("signal", new { to = new { user = "bob", device = "*" }, kind = "hangup", call = "c-1" });
        Assert.Equal("hangup", (await phone.NextAsync("signal")).GetProperty("kind").GetString()); // no candidate came here
        Assert.Empty(await KindsAsync(cy));

        await using var late = await OpenAsync("bob", "tablet"); // the offer was taken back from it: it is told what became of the call, and rings for nobody
        Assert.Equal(["select", "hangup"], await KindsAsync(late));
    }

    [Fact]
    public async Task It_is_kept_for_a_device_that_comes_in_time_and_for_no_longer()
    {
        await RoomAsync(null, "ann", "bob");
        await using var ann = await OpenAsync("ann");
        await ann.DoAsync("signal", new { to = new { user = "bob", device = "phone" }, kind = "ring", ttl_ms = 20_000 });
        await ann.DoAsync("signal", new { to = new { user = "bob" }, kind = "offer", ttl_ms = 60_000, data = 1 });
        await using (var phone = await OpenAsync("bob", "phone")) Assert.Equal(["ring", "offer"], await KindsAsync(phone));
        await using (var laptop = await OpenAsync("bob", "laptop")) Assert.Equal(["offer"], await KindsAsync(laptop));
        await host.Host.TimePasses(TimeSpan.FromSeconds(21));
        await using (var phone = await OpenAsync("bob", "phone")) Assert.Equal(["offer"], await KindsAsync(phone));
        await host.Host.TimePasses(TimeSpan.FromSeconds(40));
        await using (var phone = await OpenAsync("bob", "phone")) Assert.Empty(await KindsAsync(phone));
        await Eventually.Async(async () => await host.CountAsync("signals") == 0);
    }

    [Fact]
    public async Task Only_who_shares_a_room_is_reached_and_nobody_through_a_block()
    {
        var room = await RoomAsync(null, "ann", "bob");
        var other = await RoomAsync(null, "cy", "dee");
        await using var ann = await OpenAsync("ann", "phone");
        foreach (var (user, r) in ((string, string?)[])[("cy", null), ("nobody", null), ("bob", other), ("bob", "room_nonsense")])
            Assert.Equal("not_found", await ann.FailAsync("signal", new { to = new { user }, r, kind = "ring" }));
        await ann.DoAsync("signal", new { to = new { user = "bob" }, r = room, kind = "ring" });
        await ann.DoAsync("signal", new { to = new { user = "ann", device = "laptop" }, kind = "select" }); // one's own devices
        await using var narrow = await OpenAsync("ann", null, new[] { new { room, can = new[] { "read", "send" } } });
        Assert.Equal("not_found", await narrow.FailAsync("signal", new { to = new { user = "bob" }, kind = "ring" }));
        await using var may = await OpenAsync("ann", null, new[] { new { room, can = new[] { "signal" } } });
        await may.DoAsync("signal", new { to = new { user = "bob" }, kind = "ring" });

        await host.Http.AskAsync(HttpMethod.Put, "/v1/users/bob/blocks/ann");
        await using var bob = await OpenAsync("bob");
        Assert.Equal(("blocked", "blocked"), (await ann.FailAsync("signal", new { to = new { user = "bob" }, kind = "ring" }), await bob.FailAsync("signal", new { to = new { user = "ann" }, kind = "ring" })));
        await host.Http.RemoveAsync("/v1/users/bob/blocks/ann");
        await host.Http.RemoveAsync($"/v1/rooms/{room}/members/ann");
        Assert.Equal("not_found", await ann.FailAsync("signal", new { to = new { user = "bob" }, kind = "ring" }));
    }

    [Fact]
    public async Task A_grant_opens_a_channel_for_calls_to_its_members()
    {
        var room = await RoomAsync(new { type = "channel" }, "host");
        await using var guest = await OpenAsync("guest", null, new[] { new { room, can = new[] { "read", "signal" } } });
        await using var mute = await OpenAsync("mute", null, new[] { new { room, can = new[] { "read" } } });
        await using var member = await OpenAsync("host");
        await guest.DoAsync("signal", new { to = new { user = "host" }, kind = "hand.raised" });
        Assert.Equal("guest", (await member.NextAsync("signal")).GetProperty("from").GetProperty("user").GetString());
        Assert.Equal("not_found", await mute.FailAsync("signal", new { to = new { user = "host" }, kind = "hand.raised" }));
    }

    [Fact]
    public async Task Nobody_heaps_up_signals_for_another_and_another_tenants_user_gets_none()
    {
        await RoomAsync(null, "ann", "bob");
        var other = await host.ForAnotherTenantAsync();
        await using var theirs = await SocketClient.HelloAsync(host.Host.Address, await other.TokenAsync("bob"));
        await using var ann = await OpenAsync("ann");
        for (var n = 0; n < 100; n++) await ann.DoAsync("signal", new { to = new { user = "bob" }, kind = "ring" });
        Assert.Equal("rate_limited", await ann.FailAsync("signal", new { to = new { user = "bob" }, kind = "ring" }));
        await ann.DoAsync("signal", new { to = new { user = "ann" }, kind = "ring" });
        await ann.NextAsync("signal"); // whatever was kept before has been given by now
        Assert.Empty(await KindsAsync(theirs));
    }

    [Fact]
    public async Task A_signal_finds_a_device_on_another_node()
    {
        await RoomAsync(null, "ann", "bob");
        await using var other = await RelayHost.StartAsync(host.Host.Database, host.Host.Folder);
        await using var bob = await SocketClient.HelloAsync(other.Address, await host.TokenAsync("bob"), new { device = "phone" });
        await using var ann = await OpenAsync("ann", "laptop");
        await ann.DoAsync("signal", new { to = new { user = "bob" }, kind = "offer", data = "over there" });
        Assert.Equal("over there", (await bob.NextAsync("signal")).GetProperty("data").GetString());
        await bob.DoAsync("signal", new { to = new { user = "ann", device = "laptop" }, kind = "answer" });
        Assert.Equal("answer", (await ann.NextAsync("signal")).GetProperty("kind").GetString());
    }

    [Fact]
    public async Task In_a_room_of_5000_neither_typing_nor_lists_nor_read_marks_go_out_and_messages_do()
    {
        var path = await host.RoomAsync(new { max_members = 6000 });
        var room = path.Split('/')[^1];
        for (var n = 0; n < 10; n++) await host.Http.SendAsync($"{path}/members/batch", new { members = Enumerable.Range(n * 500, 500).Select(u => new { user = $"u{u}" }) });
        var sockets = new List<SocketClient>();
        for (var n = 0; n < 30; n++) sockets.Add(await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync($"u{n}"), new { presence = "list" }));
        var said = (await sockets[0].DoAsync("send", new { r = room, cid = "one", body = 1 })).GetProperty("s").GetInt64();
        foreach (var socket in sockets)
        {
            Assert.False(await ToldAsync(socket, new { r = room, kind = "typing" }));
            Assert.False(await ToldAsync(socket, new { r = room, kind = "wave" }));
            await socket.DoAsync("read", new { r = room, s = said });
        }
        while (PresenceFixture.Line(await sockets[0].NextAsync("presence")) != "30") { } // counts, up to all of them
        await sockets[0].DoAsync("send", new { r = room, cid = "two", body = 2 });
        foreach (var socket in sockets[1..])
        {
            JsonElement frame;
            do
            {
                frame = await socket.NextAsync();
                Assert.True(frame.GetProperty("ev").GetString() is "msg" || PresenceFixture.Line(frame).All(char.IsDigit), frame.ToString());
            } while (frame.GetProperty("ev").GetString() != "msg" || frame.GetProperty("cid").GetString() != "two");
        }
        foreach (var socket in sockets) await socket.DisposeAsync();
    }
}
