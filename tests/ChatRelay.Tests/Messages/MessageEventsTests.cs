using System.Text;
using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Messages;

/// <summary>What endpoints are told of rooms, and where ciphertext is to be found.</summary>
public sealed class MessageEventsTests : IAsyncLifetime
{

    // Bytes whose base64 has every kind of character; the canary is in the middle of it.
    private static readonly string Cipher = Convert.ToBase64String([0xfb, 0xff, 0xbf, .. Encoding.ASCII.GetBytes("canarycanarycana"), 0xff, 0xef]);
    private const string Header = """{"epoch" : 7,"tag":"\u00e9+\/"}""";
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await RoomHost.StartAsync(("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private async Task<string> EndpointAsync(FakeReceiver receiver, object? more = null)
    {
        var made = await host.Http.SendAsync("/v1/webhook-endpoints", more ?? new { url = receiver.Url.ToString(), ordered = true });
        Assert.True(made.Status == 201, made.ToString());
        return made.Id;
    }

    private static string Sealed => $$"""{"alg":"mls","ciphertext":"{{Cipher}}","nonce":"AAEC","key_version":"7","header":{{Header}}}""";

    private static async Task<(string Type, string Text, JsonElement Data)> NextAsync(FakeReceiver receiver)
    {
        var text = Encoding.UTF8.GetString((await receiver.NextAsync()).Body);
        var body = JsonDocument.Parse(text).RootElement;
        return (body.GetProperty("type").GetString()!, text, body.GetProperty("data"));
    }

    [Fact]
    public async Task Endpoints_are_told_of_rooms_members_and_messages_in_the_order_of_the_room()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await EndpointAsync(receiver);

        var room = await host.RoomAsync(null, "ann");
        var told = new List<(string Type, string Text, JsonElement Data)> { await NextAsync(receiver) };
        foreach (var act in (Func<Task>[])
        [
            () => host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { }), () => host.Http.RemoveAsync($"{room}/members/bob"),
            () => host.Http.ChangeAsync(room, new { name = "other" }), () => host.SayAsync(host.Http, room, "hello", new { from = "ann", client_id = "m-1", metadata = new { a = 1 } }),
        ])
        {
            await act();
            told.Add(await NextAsync(receiver));
        }
        var message = told[^1].Data.GetProperty("message_id").GetString();
        await host.Http.ChangeAsync($"{room}/messages/{message}", new { body = new { text = "edited" } });
        told.Add(await NextAsync(receiver));
        await host.Http.RemoveAsync($"{room}/messages/{message}");
        told.Add(await NextAsync(receiver));
        await host.Http.RemoveAsync(room);
        told.Add(await NextAsync(receiver));

        Assert.Equal(["room.created", "member.added", "member.removed", "room.updated", "message.created", "message.edited", "message.deleted", "room.deleted"], told.Select(t => t.Type));
        Assert.All(told, t => Assert.Equal(room["/v1/rooms/".Length..], t.Data.GetProperty("room_id").GetString()));
        Assert.Equal(("bob", "bob"), (told[1].Data.GetProperty("user").GetString(), told[2].Data.GetProperty("user").GetString()));
        Assert.Equal(("ann", "m-1", 4, "text", "hello"), (told[4].Data.GetProperty("user").GetString(), told[4].Data.GetProperty("client_id").GetString(), told[4].Data.GetProperty("seq").GetInt64(), told[4].Data.GetProperty("type").GetString(), told[4].Data.GetProperty("body").GetProperty("text").GetString()));
        Assert.Equal((5, "edited"), (told[5].Data.GetProperty("seq").GetInt64(), told[5].Data.GetProperty("body").GetProperty("text").GetString()));
        Assert.False(told[6].Data.TryGetProperty("body", out _));
    }

    [Fact]
    public async Task Ciphertext_is_the_same_to_the_bit_on_every_path()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await EndpointAsync(receiver, new { url = receiver.Url.ToString(), event_types = new[] { "message.*" }, ordered = true });
        var room = await host.RoomAsync(new { encrypted = true }, "ann");
        using var ann = await host.AsAsync("ann");
        await using var socket = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        var epoch = socket.Welcome.GetProperty("rooms").GetProperty(room.Split('/')[^1]).GetProperty("e").GetString();

        var sent = await ann.SendAsync($"{room}/messages", $$"""{"encrypted":{{Sealed}}}""");
        Assert.True(sent.Status == 201, sent.ToString());
        var hook = await NextAsync(receiver);
        Assert.Equal(200, (await ann.ChangeAsync($"{room}/messages/{sent.Id}", $$"""{"encrypted":{{Sealed}}}""")).Status);
        var edit = await NextAsync(receiver);

        foreach (var text in (string[])[(await ann.ReadAsync($"{room}/messages?after_seq=0")).Text, (await ann.ReadAsync($"{room}/messages/{sent.Id}/history")).Text, hook.Text, edit.Text])
            Assert.Contains($"\"encrypted\":{Sealed}", text, StringComparison.Ordinal);

        // On a socket: what was sent over HTTP and its edit, then one that is sent here; pushed, and in the answers of sync and history.
        var r = room.Split('/')[^1];
        await socket.SendAsync($$"""{"id":900,"op":"send","r":"{{r}}","cid":"m-1","encrypted":{{Sealed}}}""");
        for (var n = 1; n <= 3; n++)
        {
            var pushed = await socket.NextAsync();
            if (!pushed.TryGetProperty("ev", out _)) pushed = await socket.NextAsync(); // the answer to the send
            Assert.Equal(n, pushed.GetProperty("s").GetInt64());
            Assert.Contains($"\"encrypted\":{Sealed}", pushed.GetRawText(), StringComparison.Ordinal);
        }
        foreach (var page in (System.Text.Json.JsonElement[])[await socket.DoAsync("sync", new { r, e = epoch, after = 0 }), await socket.DoAsync("history", new { r, before = 10 })])
            Assert.Equal(3, page.GetRawText().Split($"\"encrypted\":{Sealed}").Length - 1);
    }

    [Theory]
    [InlineData("QR==")]
    [InlineData("QUJ=")]
    [InlineData("QUJD\\n")]
    [InlineData("QQ")]
    public async Task Base64_that_would_come_back_as_another_text_is_refused(string odd)
    {
        var room = await host.RoomAsync(null, "ann");
        Assert.Equal(["/encrypted/ciphertext invalid_format"], (await host.Http.SendAsync($"{room}/messages", $$$"""{"encrypted":{"alg":"a","ciphertext":"{{{odd}}}"}}""")).Faults);
    }

    [Fact]
    public async Task Ciphertext_stands_in_its_message_and_nowhere_else_and_nowhere_at_all_once_it_is_deleted_or_erased()
    {
        await using var receiver = FakeReceiver.Answering(500); // what is pending holds no copy either: it is read when it is rendered
        await EndpointAsync(receiver);
        var said = host.Host.Overhear();
        var room = await host.RoomAsync(new { encrypted = true }, "ann");
        using var ann = await host.AsAsync("ann");
        await using var socket = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        var first = await ann.SendAsync($"{room}/messages", $$"""{"encrypted":{{Sealed}},"client_id":"m-1"}""", "key-1");
        await ann.SendAsync($"{room}/messages", $$"""{"encrypted":{{Sealed}}}""");
        await receiver.NextAsync();
        Assert.Equal(["entries: 2"], await WhereAsync());
        Assert.DoesNotContain(Cipher[4..24], (await host.Host.Operator.ReadAsync("/metrics")).Text, StringComparison.Ordinal);
        Assert.Contains(Cipher[4..24], (await socket.NextAsync()).GetRawText(), StringComparison.Ordinal); // it went by every way
        Assert.NotEmpty(said);
        Assert.DoesNotContain(said, line => line.Contains(Cipher[4..24], StringComparison.Ordinal));

        Assert.Equal(204, (await ann.RemoveAsync($"{room}/messages/{first.Id}")).Status);
        Assert.Equal(["entries: 1"], await WhereAsync());

        var job = await host.Http.SendAsync("/v1/erasures", new { user = "ann" });
        await Eventually.Async(async () => (await host.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Empty(await WhereAsync());
        Assert.Equal(["1 message deleted", "2 message deleted", "3 delete"], await RoomHost.LogAsync(ann, room)); // the bare record
    }

    /// <summary>Every table with a row that holds the bytes, as text or as themselves, and how many.</summary>
    private async Task<IReadOnlyList<string>> WhereAsync()
    {
        var tables = (string[])(await host.Host.SqlAsync("select array_agg(c.relname::text order by c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'relay' and c.relkind in ('r', 'p') and not c.relispartition"))!;
        var found = new List<string>();
        foreach (var table in tables)
        {
            var count = (long)(await host.Host.SqlAsync($"select count(*) from relay.\"{table}\" t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0", Cipher[4..24], Convert.ToHexStringLower(Encoding.ASCII.GetBytes("canarycanary"))))!;
            if (count > 0) found.Add($"{table}: {count}");
        }
        return found;
    }
}
