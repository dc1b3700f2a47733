using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Realtime;

/// <summary>Reactions, pins, replies and mentions on sockets: acknowledged with their number, pushed, replayed, hidden with their message.</summary>
public sealed class MarkSocketTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<SocketClient> OpenAsync(string user, object? more = null) => await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(user), more);

    private static string Line(JsonElement frame) => frame.GetProperty("ev").GetString() == "msg"
        ? $"{frame.GetProperty("s")} {frame.GetProperty("kind").GetString()}{(frame.TryGetProperty("ref", out var about) ? $" {about.GetString()}" : "")}{(frame.TryGetProperty("body", out var body) ? $" {body.GetRawText()}" : "")}{(frame.TryGetProperty("deleted", out _) ? " deleted" : "")}"
        : $"{frame.GetProperty("from")}-{frame.GetProperty("to")} skip";

    [Fact]
    public async Task What_is_done_to_a_message_is_acknowledged_with_its_number_and_comes_to_everybody()
    {
        var room = (await host.RoomAsync(new { members = new object[] { new { user = "ann", role = "admin" }, new { user = "bob" } } })).Split('/')[^1];
        await using var ann = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob");
        var msg = (await ann.DoAsync("send", new { r = room, cid = "m-1", body = new { text = "Hello" } })).GetProperty("id").GetString()!;

        var react = await bob.DoAsync("react", new { r = room, msg, key = "👍" });
        var again = await bob.DoAsync("react", new { r = room, msg, key = "👍" });
        await ann.DoAsync("pin", new { r = room, msg });
        await bob.DoAsync("send", new { r = room, cid = "m-2", body = 1, reply_to = msg, mentions = new[] { "ann" } });
        await bob.DoAsync("unreact", new { r = room, msg, key = "👍" });
        await ann.DoAsync("unpin", new { r = room, msg });

        Assert.Equal((2, false, 2, true), (react.GetProperty("s").GetInt64(), react.GetProperty("dup").GetBoolean(), again.GetProperty("s").GetInt64(), again.GetProperty("dup").GetBoolean()));
        string[] log = ["1 message {\"text\":\"Hello\"}", $"2 react {msg} {{\"key\":\"👍\"}}", $"3 pin {msg}", "4 message 1", $"5 unreact {msg} {{\"key\":\"👍\"}}", $"6 unpin {msg}"];
        foreach (var either in (SocketClient[])[ann, bob])
        {
            var frames = new List<JsonElement>();
            for (var n = 0; n < log.Length; n++) frames.Add(await either.NextAsync());
            Assert.Equal(log, frames.Select(Line));
            Assert.Equal("bob", frames[1].GetProperty("from").GetProperty("user").GetString());
            Assert.Equal((msg, "ann"), (frames[3].GetProperty("reply_to").GetString(), frames[3].GetProperty("mentions")[0].GetString()));
        }
        var synced = await bob.DoAsync("sync", new { r = room, e = react.GetProperty("e").GetString(), after = 0 });
        Assert.Equal(log, synced.GetProperty("messages").EnumerateArray().Select(Line)); // read as it was pushed
    }

    [Fact]
    public async Task Refusals_have_the_codes_of_the_document()
    {
        var (room, dark) = ((await host.RoomAsync(null, "ann", "bob")).Split('/')[^1], (await host.RoomAsync(new { encrypted = true }, "ann")).Split('/')[^1]);
        await using var ann = await OpenAsync("ann");
        await using var eve = await OpenAsync("eve");
        var msg = (await ann.DoAsync("send", new { r = room, cid = "m-1", body = 1 })).GetProperty("id").GetString()!;
        var hidden = (await ann.DoAsync("send", new { r = dark, cid = "m-1", encrypted = new { alg = "mls", ciphertext = "QUJD" } })).GetProperty("id").GetString()!;

        Assert.Equal("forbidden", await ann.FailAsync("pin", new { r = room, msg }));
        Assert.Equal("not_found", await ann.FailAsync("unreact", new { r = room, msg, key = "👍" }));
        Assert.Equal("not_found", await eve.FailAsync("react", new { r = room, msg, key = "👍" }));
        Assert.Equal("not_found", await ann.FailAsync("react", new { r = room, msg = hidden, key = "👍" }));
        Assert.Equal("conflict", await ann.FailAsync("react", new { r = dark, msg = hidden, key = "👍" }));
        Assert.Equal("validation_failed", await ann.FailAsync("react", new { r = room, msg }));
        Assert.Equal("validation_failed", await ann.FailAsync("react", new { r = room, msg, key = "👍", kye = "x" }));
        Assert.Equal("validation_failed", await ann.FailAsync("send", new { r = room, cid = "m-2", body = 1, reply_to = hidden }));
        Assert.Equal(3, (await ann.DoAsync("react", new { r = dark, msg = hidden, encrypted = new { alg = "mls", ciphertext = "REVG" } })).GetProperty("s").GetInt64() + 1);
    }

    [Fact]
    public async Task What_is_about_a_message_is_hidden_where_the_message_is_and_blank_when_it_was_deleted()
    {
        var path = await host.RoomAsync(new { history = "since_join" }, "ann");
        var room = path.Split('/')[^1];
        var old = (await host.SayAsync(host.Http, path, "old")).Id;
        await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/bob", new { });
        await using var ann = await OpenAsync("ann");
        await using var bob = await OpenAsync("bob");
        Assert.Equal("not_found", await bob.FailAsync("react", new { r = room, msg = old, key = "👍" }));
        await ann.DoAsync("react", new { r = room, msg = old, key = "👍" });
        await ann.DoAsync("send", new { r = room, cid = "m-1", body = 1, reply_to = old });
        Assert.Equal(["3-3 skip", "4 message 1"], [Line(await bob.NextAsync()), Line(await bob.NextAsync())]);

        await host.Http.RemoveAsync($"{path}/messages/{old}");
        var e = ann.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("e").GetString();
        var log = (await ann.DoAsync("sync", new { r = room, e, after = 0 })).GetProperty("messages").EnumerateArray().Select(Line).ToList();
        Assert.Equal(["1 message deleted", $"3 react {old} deleted", "4 message 1", $"5 delete {old}"], log.Where(line => !line.Contains(" member", StringComparison.Ordinal)));
    }
}
