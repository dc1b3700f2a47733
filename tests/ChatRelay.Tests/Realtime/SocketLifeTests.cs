using System.Security.Cryptography;
using System.Text.Json;
using ChatRelay.Realtime;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using ChatRelay.Tests.UserTokens;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Realtime;

/// <summary>How sockets begin and end: tokens, limits, silence, slow readers.</summary>
public sealed class SocketLifeTests
{
    private static Task<RoomHost> StartAsync(params (string, string)[] settings) => RoomHost.StartAsync(settings);

    private static Sockets SocketsOf(RoomHost host) => (Sockets)host.Host.Services.GetService(typeof(Sockets))!;

    private static OutboxBudget BudgetOf(RoomHost host) => (OutboxBudget)host.Host.Services.GetService(typeof(OutboxBudget))!;

    private static async Task<int?> CodeOfAsync(RoomHost host, object hello)
    {
        await using var client = await SocketClient.OpenAsync(host.Host.Address);
        await client.SendAsync(JsonSerializer.Serialize(hello));
        return await client.Closed;
    }

    /// <summary>0 if the hello is answered, else how it was closed instead.</summary>
    private static async Task<int?> ComeAsync(RoomHost host, string token)
    {
        await using var one = await SocketClient.OpenAsync(host.Host.Address);
        var answered = one.AskAsync("hello", new { v = 1, token });
        await Task.WhenAny(answered, one.Closed);
        return answered.IsCompletedSuccessfully ? 0 : await one.Closed;
    }

    /// <summary>Nobody reads this table until it is disposed of.</summary>
    private static async Task<IAsyncDisposable> LockedAsync(RoomHost host, string table)
    {
        var holder = new Npgsql.NpgsqlConnection(host.Host.Database.ConnectionString);
        await holder.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand($"begin; lock table relay.{table}", holder);
        await take.ExecuteNonQueryAsync();
        return holder;
    }

    [Fact]
    public async Task Every_bad_token_is_closed_with_the_same_code_and_text_and_nothing_else()
    {
        await using var host = await StartAsync();
        using var rsa = RSA.Create(2048);
        var now = host.Host.Services.GetRequiredService<RelayClock>().GetUtcNow();
        var (tenant, other) = (host.Tenant, await host.Host.NewTenantAsync("Other"));
        const string secret = "0123456789abcdef0123456789abcdef";
        Assert.Equal(201, (await tenant.Http.SendAsync("/v1/signing-keys", new { kid = "hs", algorithm = "HS256", secret })).Status);
        Assert.Equal(201, (await tenant.Http.SendAsync("/v1/signing-keys", new { kid = "rs", algorithm = "RS256", public_key = rsa.ExportSubjectPublicKeyInfoPem() })).Status);
        Assert.Equal(201, (await other.Http.SendAsync("/v1/signing-keys", new { kid = "k2", algorithm = "HS256", secret })).Status);
        SignedToken Good() => new(tenant.Id, now, "ann");
        var bad = BadTokens.Of(tenant.Id, other.Id, now, secret, rsa).ToDictionary(b => b.Key, b => (object)new { id = 1, op = "hello", v = 1, token = b.Value });
        bad["another tenant's kid"] = new { id = 1, op = "hello", v = 1, token = Good().Hs256("k2", secret) };
        bad["no token at all"] = new { id = 1, op = "hello", v = 1, token = "nonsense" };
        bad["an empty text"] = new { id = 1, op = "hello", v = 1, token = "" };
        bad["no text"] = new { id = 1, op = "hello", v = 1, token = 7 };
        bad["none"] = new { id = 1, op = "hello", v = 1 };
        bad["another device's"] = new { id = 1, op = "hello", v = 1, token = Good().With("dev", "phone").Hs256("hs", secret), device = "laptop" };

        await using (var good = await SocketClient.HelloAsync(host.Host.Address, Good().Hs256("hs", secret)))
            Assert.Equal("ann", good.Welcome.GetProperty("user").GetString());
        foreach (var (why, hello) in bad)
        {
            await using var client = await SocketClient.OpenAsync(host.Host.Address);
            await client.SendAsync(JsonSerializer.Serialize(hello));
            var code = await client.Closed;
            var said = client.TakePushed().Select(f => f.GetRawText());
            Assert.Equal((why, 4009, "bad token", """{"ev":"bye","code":4009,"reason":"bad token","retry_ms":null}"""), (why, code, client.Reason, string.Join(' ', said)));
        }
    }

    [Fact]
    public async Task The_first_frame_is_a_hello_of_a_version_that_is_spoken()
    {
        await using var host = await StartAsync();
        var token = await host.TokenAsync("ann");
        Assert.Equal(4020, await CodeOfAsync(host, new { id = 1, op = "sync" }));
        Assert.Equal(4007, await CodeOfAsync(host, new { id = 1, op = "hello", v = 2, token }));

        await using var ann = await SocketClient.HelloAsync(host.Host.Address, token);
        Assert.Equal("validation_failed", await ann.FailAsync("hello", new { v = 1, token }));
    }

    [Fact]
    public async Task Who_is_silent_is_asked_and_then_closed_and_who_never_begins_too()
    {
        await using var host = await StartAsync(("CHATRELAY_SOCKET_HELLO", "2s"), ("CHATRELAY_SOCKET_PING", "1s"), ("CHATRELAY_SOCKET_PONG", "2s"));
        await using var never = await RawSocket.OpenAsync(host.Host.Address);
        await using var silent = await RawSocket.OpenAsync(host.Host.Address);
        await silent.SendAsync(JsonSerializer.Serialize(new { id = 1, op = "hello", v = 1, token = await host.TokenAsync("ann") }));
        await using var answering = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("bob"));

        Assert.Equal(4104, await never.ClosedAsync());
        Assert.Equal(4201, await silent.ClosedAsync());
        await answering.DoAsync("join", new { r = (await host.RoomAsync(null, "bob")).Split('/')[^1] });
    }

    [Fact]
    public async Task A_revoked_token_closes_its_socket_within_five_seconds_and_a_new_one_works()
    {
        await using var host = await StartAsync();
        await using var ann = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        await using var bob = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("bob"));
        var revoked = TimeProvider.System.GetTimestamp();
        await host.Http.SendAsync("/v1/users/ann/disconnect", new { });

        Assert.Equal(4011, await ann.Closed);
        Assert.True(TimeProvider.System.GetElapsedTime(revoked) < TimeSpan.FromSeconds(5));
        await using var again = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        await bob.FailAsync("dance");
    }

    [Fact]
    public async Task A_suspended_tenant_loses_its_sockets_and_others_keep_theirs()
    {
        await using var host = await StartAsync();
        var other = await host.Host.NewTenantAsync("Other");
        await using var ann = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        await using var theirs = await SocketClient.HelloAsync(host.Host.Address, (await other.Http.SendAsync("/v1/tokens", new { user = "ann" }))["token"].GetString()!);
        var suspended = await host.Host.Operator.ChangeAsync($"/v1/tenants/{host.Tenant.Id}", new { status = "suspended" });
        Assert.Equal(200, suspended.Status);

        Assert.Equal(4003, await ann.Closed);
        await theirs.FailAsync("dance");
    }

    [Fact]
    public async Task A_token_is_refreshed_in_place_for_its_own_user_only_and_without_that_the_socket_ends()
    {
        await using var host = await StartAsync();
        await using var ann = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann", ttl: 60));
        await using var bob = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("bob", ttl: 60));
        Assert.Equal("unauthorized", await ann.FailAsync("refresh", new { token = await host.TokenAsync("bob") }));
        await ann.DoAsync("refresh", new { token = await host.TokenAsync("ann", ttl: 3600) });

        await host.Host.TimePasses(TimeSpan.FromSeconds(120));
        Assert.Equal(4010, await bob.Closed);
        await ann.FailAsync("dance");
    }

    [Fact]
    public async Task A_refreshed_token_that_grants_less_takes_the_rest_away()
    {
        await using var host = await StartAsync();
        var (stage, group, lost) = (await host.RoomAsync(new { type = "channel" }, "bob"), await host.RoomAsync(null, "ann", "bob"), await host.RoomAsync(null, "ann", "bob"));
        object Grant(string path) => new { room = Id(path), can = new[] { "read" } };
        await using var ann = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann", new[] { Grant(stage), Grant(group), Grant(lost) }));
        await ann.DoAsync("join", new { r = Id(stage) });

        await ann.DoAsync("refresh", new { token = await host.TokenAsync("ann", new[] { Grant(group) }) });
        var denied = new List<string>();
        for (var n = 0; n < 2; n++) denied.Add(await ann.NextAsync() is var frame && frame.GetProperty("state").GetString() == "denied" ? frame.GetProperty("r").GetString()! : $"{frame}");
        Assert.Equal(new[] { Id(stage), Id(lost) }.Order(), denied.Order());

        foreach (var path in (string[])[stage, lost, group]) await host.SayAsync(host.Http, path, "after", new { from = "bob" });
        Assert.Equal(Id(group), (await ann.NextAsync()).GetProperty("r").GetString());
        await ann.DoAsync("refresh", new { token = await host.TokenAsync("ann") }); // as a member, of everything again; of the channel she is none
        Assert.Equal(1, (await ann.DoAsync("join", new { r = Id(lost), since = new { last = 10 } })).GetProperty("messages").GetArrayLength());
        Assert.Equal("not_found", await ann.FailAsync("join", new { r = Id(stage) }));
        Assert.Empty(ann.TakePushed());

        static string Id(string path) => path.Split('/')[^1];
    }

    [Fact]
    public async Task One_connection_more_than_a_user_may_have_closes_the_oldest()
    {
        await using var host = await StartAsync(("CHATRELAY_USER_SOCKETS", "2"));
        var token = await host.TokenAsync("ann");
        await using var first = await SocketClient.HelloAsync(host.Host.Address, token);
        await using var second = await SocketClient.HelloAsync(host.Host.Address, token);
        await using var third = await SocketClient.HelloAsync(host.Host.Address, token);
        Assert.Equal(4013, await first.Closed);
        await second.FailAsync("dance");
    }

    [Fact]
    public async Task Who_sends_too_much_is_told_when_to_go_on_and_who_goes_on_is_closed()
    {
        await using var host = await StartAsync(("CHATRELAY_SOCKET_OPS_BURST", "5"), ("CHATRELAY_SOCKET_OPS_PER_S", "1"));
        await using var ann = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        for (var n = 0; n < 5; n++) Assert.Equal("validation_failed", await ann.FailAsync("dance"));
        var refused = (await ann.AskAsync("dance")).GetProperty("error");
        Assert.Equal(("rate_limited", true), (refused.GetProperty("code").GetString(), refused.GetProperty("retryable").GetBoolean()));
        Assert.InRange(refused.GetProperty("retry_ms").GetInt32(), 1, 1_000);

        Assert.Equal(4101, await ann.FloodAsync("""{"id":99,"op":"dance"}"""));
    }

    [Fact]
    public async Task A_tenant_has_as_many_sockets_as_it_may_and_another_has_its_own()
    {
        await using var host = await StartAsync(("CHATRELAY_TENANT_SOCKETS", "1"));
        var other = await host.ForAnotherTenantAsync();
        await using (var first = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann")))
        {
            Assert.Equal(4100, await CodeOfAsync(host, new { id = 1, op = "hello", v = 1, token = await host.TokenAsync("bob") }));
            await using var theirs = await SocketClient.HelloAsync(host.Host.Address, await other.TokenAsync("ann"));
            await first.FailAsync("dance");
        }
        await Eventually.Async(() => Task.FromResult(SocketsOf(host).Count == 0));
        await using var next = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("bob"));
    }

    [Fact]
    public async Task A_tenant_whose_clients_all_come_at_once_leaves_room_for_anothers()
    {
        await using var host = await StartAsync(("CHATRELAY_TENANT_ACCEPTS_PER_S", "1"));
        var other = await host.ForAnotherTenantAsync();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => host.TokenAsync($"u{n}"))); // before they come: a socket that says nothing is closed for that
        var codes = await Task.WhenAll(tokens.Select(token => ComeAsync(host, token)));
        Assert.Contains(0, codes);
        Assert.Contains(4100, codes);
        Assert.All(codes, code => Assert.True(code is 0 or 4100, $"{code}"));
        await using var theirs = await SocketClient.HelloAsync(host.Host.Address, await other.TokenAsync("ann"));
    }

    [Fact]
    public async Task However_many_hellos_wait_for_the_database_requests_have_their_connections_to_it()
    {
        await using var host = await StartAsync();
        await host.RoomAsync(null, "u0");
        var tokens = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => host.TokenAsync($"u{n}")));
        Task<int?[]> coming;
        await using (await LockedAsync(host, "room_members"))
        {
            coming = Task.WhenAll(tokens.Select(token => ComeAsync(host, token)));
            await Eventually.Async(async () => await host.Host.SqlAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and application_name = 'chatrelay request'") is (long)HelloLine.AtOnce);
            Assert.Equal(200, (await host.Http.ReadAsync("/v1/notifications")).Status);
        }
        var codes = await coming;
        Assert.True(codes.Count(code => code == 0) >= HelloLine.AtOnce);
        Assert.All(codes, code => Assert.True(code is 0 or 4100, $"{code}")); // whom the lock held for too long is to come again
    }

    [Fact]
    public async Task More_sockets_a_second_than_a_node_takes_are_refused_before_the_upgrade()
    {
        await using var host = await StartAsync(("CHATRELAY_ACCEPTS_PER_S", "1"));
        var sockets = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawSocket.OpenAsync(host.Host.Address)));
        Assert.Contains(sockets, s => s.Head.StartsWith("HTTP/1.1 101", StringComparison.Ordinal));
        Assert.Contains(sockets, s => s.Head.StartsWith("HTTP/1.1 503", StringComparison.Ordinal) && s.Head.Contains("Retry-After: 1", StringComparison.OrdinalIgnoreCase));
        foreach (var one in sockets) await one.DisposeAsync();
    }

    [Fact]
    public async Task A_replay_that_cannot_be_read_ends_the_socket_for_another_try()
    {
        await using var host = await StartAsync();
        var path = await host.RoomAsync(null, "ann");
        var room = path.Split('/')[^1];
        await host.SayAsync(host.Http, path, "x");
        var token = await host.TokenAsync("ann");
        string epoch;
        await using (var first = await SocketClient.HelloAsync(host.Host.Address, token)) epoch = first.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("e").GetString()!;

        await host.Host.SqlAsync("alter table relay.entries rename to entries_away");
        await using (var cut = await SocketClient.HelloAsync(host.Host.Address, token, new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 0 } } } }))
        {
            Assert.Equal("replaying", cut.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("state").GetString());
            Assert.Equal(4202, await cut.Closed);
        }
        await host.Host.SqlAsync("alter table relay.entries_away rename to entries");
        await using var back = await SocketClient.HelloAsync(host.Host.Address, token, new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 0 } } } });
        Assert.Equal(1, (await back.NextAsync("msg")).GetProperty("s").GetInt64());
    }

    [Fact]
    public async Task A_hello_that_the_database_does_not_answer_ends_the_socket_for_another_try()
    {
        await using var host = await StartAsync();
        var token = await host.TokenAsync("ann");
        await (await SocketClient.HelloAsync(host.Host.Address, token)).DisposeAsync();

        await host.Host.SqlAsync("alter table relay.room_members rename to members_away");
        Assert.Equal(4202, await CodeOfAsync(host, new { id = 1, op = "hello", v = 1, token }));
        await host.Host.SqlAsync("alter table relay.members_away rename to room_members");

        await using (await LockedAsync(host, "room_members"))
        {
            var code = CodeOfAsync(host, new { id = 1, op = "hello", v = 1, token });
            await Eventually.Async(async () => await host.Host.SqlAsync("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and application_name = 'chatrelay request'") is > 0L);
            Assert.Equal(4100, await code);
        }
        await using var back = await SocketClient.HelloAsync(host.Host.Address, token);
    }

    [Fact]
    public async Task A_full_node_refuses_before_the_upgrade_and_says_when_to_come_back()
    {
        await using var host = await StartAsync(("CHATRELAY_SOCKETS", "1"));
        await using var one = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        var refused = await RawHttp.SendAsync(host.Host.Address, "GET /v1/connect HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chatrelay.v1\r\n\r\n");
        Assert.Equal((503, true), (refused.Status, refused.Headers.ContainsKey("Retry-After")));
    }

    [Fact]
    public async Task A_page_of_another_origin_gets_nothing_where_the_tenant_has_a_list()
    {
        await using var host = await StartAsync();
        Assert.Equal(200, (await host.Http.ChangeAsync("/v1/tenant", new { allowed_origins = (string[])["https://app.example"] })).Status);
        var token = await host.TokenAsync("ann");
        await using var wrong = await SocketClient.OpenAsync(host.Host.Address, "https://evil.example");
        await wrong.SendAsync(JsonSerializer.Serialize(new { id = 1, op = "hello", v = 1, token }));
        Assert.Equal(4009, await wrong.Closed);
        await using var right = await SocketClient.OpenAsync(host.Host.Address, "https://app.example");
        await right.DoAsync("hello", new { v = 1, token });
    }

    [Fact]
    public async Task Who_reads_too_slowly_is_detached_from_the_room_and_comes_back_by_pulling()
    {
        await using var host = await StartAsync(("CHATRELAY_SOCKET_BUFFER_BYTES", "100000"), ("CHATRELAY_SOCKET_STALL", "600s"));
        var path = await host.RoomAsync(null, "ann", "bob");
        var room = path.Split('/')[^1];
        await using var slow = await RawSocket.OpenAsync(host.Host.Address, receiveBuffer: 4096);
        await slow.SendAsync(JsonSerializer.Serialize(new { id = 1, op = "hello", v = 1, token = await host.TokenAsync("ann") }));
        var epoch = Json(await slow.ReadAsync()).GetProperty("ok").GetProperty("rooms").GetProperty(room).GetProperty("e").GetString();

        const int said = 150; // of four kilobytes: more than its buffers and the kernel's hold
        for (var n = 1; n <= said; n++) await host.SayAsync(host.Http, path, new string('x', 4_000), new { from = "bob" });

        // What it reads now is contiguous, and ends in one `head`.
        var (at, behind) = (0L, 0L);
        while (behind == 0)
        {
            var frame = Json(await slow.ReadAsync());
            if (frame.GetProperty("ev").GetString() == "head") behind = frame.GetProperty("s").GetInt64();
            else Assert.Equal(++at, frame.GetProperty("s").GetInt64());
        }
        Assert.InRange(at, 10, said - 1);
        for (var (id, more) = (2, true); more; id++)
        {
            await slow.SendAsync(JsonSerializer.Serialize(new { id, op = "sync", r = room, e = epoch, after = at, limit = 20 }));
            var page = Json(await slow.ReadAsync()).GetProperty("ok");
            foreach (var entry in page.GetProperty("messages").EnumerateArray()) Assert.Equal(++at, entry.GetProperty("s").GetInt64());
            more = page.GetProperty("more").GetBoolean();
        }
        Assert.Equal(said, at);
        await host.SayAsync(host.Http, path, "live", new { from = "bob" });
        Assert.Equal(said + 1, Json(await slow.ReadAsync()).GetProperty("s").GetInt64());

        static JsonElement Json((int Opcode, byte[] Payload)? frame) => JsonSerializer.Deserialize<JsonElement>(frame!.Value.Payload);
    }

    [Fact]
    public async Task Who_does_not_read_at_all_is_closed_and_what_waited_for_it_is_given_back()
    {
        await using var host = await StartAsync(("CHATRELAY_SOCKET_STALL", "1s"));
        var path = await host.RoomAsync(null, "ann", "bob");
        await using var stopped = await RawSocket.OpenAsync(host.Host.Address, receiveBuffer: 4096);
        await stopped.SendAsync(JsonSerializer.Serialize(new { id = 1, op = "hello", v = 1, token = await host.TokenAsync("ann") }));
        await stopped.ReadAsync();
        await using var bob = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("bob"));

        for (var n = 1; n <= 40; n++) await host.SayAsync(host.Http, path, new string('x', 60_000), new { from = "bob" });
        for (var n = 1; n <= 40; n++) Assert.Equal(n, (await bob.NextAsync("msg")).GetProperty("s").GetInt64()); // nobody else waits
        await Eventually.Async(() => Task.FromResult(SocketsOf(host).Count == 1 && BudgetOf(host).Waiting == 0));
    }

    [Fact]
    public async Task What_waits_for_all_together_is_bounded_and_the_fullest_go_first()
    {
        await using var host = await StartAsync(("CHATRELAY_SOCKETS_BUFFER_BYTES", "3000000"), ("CHATRELAY_SOCKET_STALL", "600s"));
        var path = await host.RoomAsync(null, "ann", "bob");
        var stopped = new List<RawSocket>();
        for (var n = 0; n < 8; n++)
        {
            stopped.Add(await RawSocket.OpenAsync(host.Host.Address, receiveBuffer: 4096));
            await stopped[^1].SendAsync(JsonSerializer.Serialize(new { id = 1, op = "hello", v = 1, token = await host.TokenAsync("ann") }));
            await stopped[^1].ReadAsync();
        }
        await using var bob = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("bob"));
        var most = 0L;
        for (var n = 1; n <= 30; n++)
        {
            await host.SayAsync(host.Http, path, new string('x', 60_000), new { from = "bob" });
            most = Math.Max(most, BudgetOf(host).Waiting);
        }
        for (var n = 1; n <= 30; n++) Assert.Equal(n, (await bob.NextAsync("msg")).GetProperty("s").GetInt64());
        Assert.InRange(most, 1, 3_000_000 + (8 * 64_000)); // one pass may go over it by one frame each
        await Eventually.Async(() => Task.FromResult(SocketsOf(host).Count < 9));
        foreach (var one in stopped) await one.DisposeAsync();
    }

    [Fact]
    public async Task A_node_that_an_operator_drains_sends_its_sockets_away_a_few_a_second()
    {
        await using var host = await StartAsync();
        var token = await host.TokenAsync("ann");
        var open = new List<SocketClient>();
        for (var n = 0; n < 3; n++) open.Add(await SocketClient.HelloAsync(host.Host.Address, token));
        var node = (await host.Host.SqlAsync("select node from relay.nodes"))!;

        var drained = TimeProvider.System.GetTimestamp();
        Assert.InRange((await host.Host.Operator.AskAsync(HttpMethod.Post, $"/v1/ops/nodes/{node}/drain")).Status, 200, 204);
        foreach (var one in open)
        {
            Assert.Equal(4200, (await one.NextAsync("bye")).GetProperty("code").GetInt32());
            Assert.Equal(4200, await one.Closed);
            await one.DisposeAsync();
        }
        Assert.True(TimeProvider.System.GetElapsedTime(drained) > TimeSpan.FromSeconds(1.9)); // one in each pass, not all at once
    }

    [Fact]
    public async Task A_node_that_stops_sends_its_sockets_away()
    {
        var host = await StartAsync();
        var ann = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        var stopping = host.DisposeAsync();
        var bye = await ann.NextAsync("bye");
        Assert.Equal((4200, 0), (bye.GetProperty("code").GetInt32(), bye.GetProperty("retry_ms")[0].GetInt32()));
        Assert.Equal(4200, await ann.Closed);
        await stopping;
        await ann.DisposeAsync();
    }
}
