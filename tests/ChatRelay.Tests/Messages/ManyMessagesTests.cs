using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Messages;

/// <summary>Many messages in one request, and the history of one, through HTTP.</summary>
public sealed class ManyMessagesTests : IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await RoomHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static object[] Texts(int count) => [.. Enumerable.Range(1, count).Select(n => (object)new { from = "ann", body = new { text = $"{n}" } })];

    [Fact]
    public async Task A_batch_is_numbered_in_its_order()
    {
        var room = await host.RoomAsync(null, "ann");

        var sent = await host.Http.SendAsync($"{room}/messages/batch", new { messages = Texts(100) });

        Assert.Equal(200, sent.Status);
        Assert.Equal(Enumerable.Range(1, 100).Select(n => (long)n), sent["data"].EnumerateArray().Select(i => i.GetProperty("seq").GetInt64()));
        Assert.Equal(Enumerable.Range(1, 100).Select(n => $"{n} message {n}"), await RoomHost.LogAsync(host.Http, room));
        Assert.Equal(422, (await host.Http.SendAsync($"{room}/messages/batch", new { messages = Texts(101) })).Status);
    }

    [Fact]
    public async Task Each_of_a_batch_has_its_own_outcome_and_a_repeat_under_its_key_adds_nothing()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { muted_until = "2126-01-01T00:00:00Z" });
        object[] messages =
        [
            new { from = "ann", client_id = "m-1", body = 1 }, new { from = "bob", enforce = true, body = 2 }, new { from = "ann", client_id = "m-1", body = 3 }, new { from = "eve", enforce = true, body = 4 },
        ];

        var sent = await host.Http.SendAsync($"{room}/messages/batch", new { messages }, "batch-1");
        var again = await host.Http.SendAsync($"{room}/messages/batch", new { messages }, "batch-1");

        Assert.Equal((200, sent.Text), (again.Status, again.Text));
        Assert.Equal(["", "forbidden", "", "not_found"], sent["data"].EnumerateArray().Select(i => i.GetProperty("problem") is { ValueKind: System.Text.Json.JsonValueKind.Object } problem ? problem.GetProperty("code").GetString() : ""));
        Assert.Equal((sent["data.0.id"].GetString(), true), (sent["data.2.id"].GetString(), sent["data.2.duplicate"].GetBoolean()));
        Assert.Single(await RoomHost.LogAsync(host.Http, room), line => line.Contains("message", StringComparison.Ordinal));
        Assert.Equal(["/messages/0/expect_seq not_allowed"], (await host.Http.SendAsync($"{room}/messages/batch", new { messages = new[] { new { body = 1, expect_seq = 0 } } })).Faults);
        Assert.Equal(404, (await host.Http.SendAsync("/v1/rooms/ext:nowhere/messages/batch", new { messages = Texts(1) })).Status);
    }

    [Fact]
    public async Task Nothing_in_a_batch_replies_to_another_of_it_and_what_stood_before_has_its_reply()
    {
        var room = await host.RoomAsync(null, "ann");
        var before = await host.Http.SendAsync($"{room}/messages", new { from = "ann", client_id = "m-0", body = new { text = "before" } });

        var byClientId = await host.Http.SendAsync($"{room}/messages/batch", new { messages = new object[] { new { from = "ann", client_id = "m-1", body = 1 }, new { from = "ann", reply_to = "m-1", body = 2 } } });
        Assert.Equal((422, "/messages/1/reply_to"), (byClientId.Status, byClientId.Faults.Single().Split(' ')[0]));

        var sent = await host.Http.SendAsync($"{room}/messages/batch", new
        {
            messages = new object[]
            {
                new { from = "ann", client_id = "m-0", body = 1 }, new { from = "ann", reply_to = before.Id, body = new { text = "to what stood" } }, new { from = "ann", reply_to = "msg_01jd3m7q8x6zv9k2b4n5c8d1fg", body = 3 },
            },
        });
        Assert.Equal(["", "", "validation_failed"], sent["data"].EnumerateArray().Select(i => i.GetProperty("problem") is { ValueKind: System.Text.Json.JsonValueKind.Object } problem ? problem.GetProperty("code").GetString() : ""));
        Assert.Equal("/reply_to: There is no such message here.", sent["data.2.problem.detail"].GetString());
        Assert.Equal(["1 message before", "2 message to what stood"], await RoomHost.LogAsync(host.Http, room));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("key-1")]
    public async Task One_message_goes_into_many_rooms_and_each_says_what_became_of_it(string? key)
    {
        var (one, two, closed) = (await host.RoomAsync(new { external_id = "one" }, "ann"), await host.RoomAsync(null, "ann"), await host.RoomAsync(new { encrypted = true }, "ann"));
        var foreign = await (await host.Host.NewTenantAsync("Other")).Http.SendAsync("/v1/rooms", new { external_id = "theirs" });

        var sent = await host.Http.SendAsync("/v1/messages/multi", new { rooms = new[] { "ext:one", two[10..], one[10..], closed[10..], foreign.Id, "ext:theirs", "rubbish" }, message = new { body = new { text = "to all" } } }, key);

        var codes = sent["data"].EnumerateArray().Select(i => i.GetProperty("result").GetProperty("problem") is { ValueKind: System.Text.Json.JsonValueKind.Object } problem ? problem.GetProperty("code").GetString() : $"{i.GetProperty("result").GetProperty("seq")}");
        Assert.Equal(["1", "1", "1", "conflict", "not_found", "not_found", "not_found"], codes);
        foreach (var room in (string[])[one, two]) Assert.Equal(["1 message to all"], await RoomHost.LogAsync(host.Http, room)); // named twice, said once
        Assert.Equal(0L, await host.Host.SqlAsync("select head from relay.room_heads where room_id = (select id from relay.rooms where encrypted)"));
    }

    [Fact]
    public async Task The_history_of_a_message_is_each_of_its_texts_and_hidden_where_the_message_is()
    {
        var room = await host.RoomAsync(new { history = "since_join" }, "ann");
        using var ann = await host.AsAsync("ann");
        var id = (await host.SayAsync(ann, room, "one", new { expires_in_s = 3600 })).Id;
        foreach (var text in (string[])["two", "three"]) await ann.ChangeAsync($"{room}/messages/{id}", new { body = new { text } });
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { });
        using var bob = await host.AsAsync("bob");

        var history = await ann.ReadAsync($"{room}/messages/{id}/history");
        Assert.Equal(["one", "two", "three"], history["data"].EnumerateArray().Select(e => e.GetProperty("body").GetProperty("text").GetString()));
        Assert.Equal(404, (await bob.ReadAsync($"{room}/messages/{id}/history")).Status);
        Assert.Equal(404, (await ann.ReadAsync($"{room}/messages/{history["data.1.id"].GetString()}/history")).Status); // an edit is no message
        Assert.Equal(404, (await ann.ReadAsync($"{await host.RoomAsync(null, "ann")}/messages/{id}/history")).Status);

        await host.Host.TimePasses(TimeSpan.FromHours(2));
        Assert.Equal(404, (await host.Http.ReadAsync($"{room}/messages/{id}/history")).Status);
    }

    [Fact]
    public async Task An_ephemeral_message_is_judged_and_has_neither_number_nor_row()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        using var eve = await host.AsAsync("eve");

        var sent = await host.SayAsync(ann, room, "passing", new { ephemeral = true });

        Assert.Equal((201, System.Text.Json.JsonValueKind.Null), (sent.Status, sent["seq"].ValueKind));
        Assert.Equal(404, (await host.SayAsync(eve, room, "passing", new { ephemeral = true })).Status);
        Assert.Equal(0L, await host.Host.SqlAsync("select (select count(*) from relay.entries) + (select count(*) from relay.events where type like 'message.%') + (select sum(head)::bigint from relay.room_heads)"));
    }
}
