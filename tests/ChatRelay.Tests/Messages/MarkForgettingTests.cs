using System.Text;
using System.Text.Json;
using ChatRelay.Messages;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Messages;

/// <summary>What becomes of reactions, pins, counts, mentions and words when messages, users and rooms go; and what endpoints are told.</summary>
public sealed class MarkForgettingTests : IAsyncLifetime
{
    private static readonly string[] Tables = ["reactions", "reaction_counts", "replies", "pins", "mentions", "room_words"];
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await RoomHost.StartAsync(("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private RoomUpkeep Upkeep => host.Host.Services.GetRequiredService<RoomUpkeep>();

    /// <summary>A message with everything about it; ann's, bob's and eve's doing.</summary>
    private async Task<string> FullAsync(string room, object? more = null)
    {
        var input = System.Text.Json.Nodes.JsonNode.Parse(JsonSerializer.Serialize(more ?? new { }))!.AsObject();
        input["from"] = "ann";
        input["mentions"] = new System.Text.Json.Nodes.JsonArray("bob");
        var id = (await host.SayAsync(host.Http, room, "canary", JsonSerializer.Deserialize<object>(input.ToJsonString()))).Id;
        foreach (var (user, key) in (ValueTuple<string, string>[])[("bob", "👍"), ("eve", "👍"), ("eve", "canary")]) await host.Http.SendAsync($"{room}/messages/{id}/reactions", new { key, from = user });
        Assert.Equal(200, (await host.Http.AskAsync(HttpMethod.Put, $"{room}/pins/{id}")).Status);
        Assert.Equal(201, (await host.SayAsync(host.Http, room, "reply", new { from = "bob", reply_to = id })).Status);
        return id;
    }

    private async Task<IReadOnlyList<long>> CountsAsync()
    {
        await SearchTests.IndexAsync(host);
        return [.. await Task.WhenAll(Tables.Select(table => host.CountAsync(table)))];
    }

    private async Task EraseAsync(string user)
    {
        var job = await host.Http.SendAsync("/v1/erasures", new { user });
        await Eventually.Async(async () => (await host.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("expired")]
    [InlineData("retired")]
    public async Task With_a_message_goes_what_stood_about_it(string way)
    {
        var room = await host.RoomAsync(way == "retired" ? new { retention_days = 1 } : null, "ann", "bob", "eve");
        var other = await host.RoomAsync(null, "ann");
        var kept = await FullAsync(other);
        var id = await FullAsync(room, way == "expired" ? new { expires_in_s = 30 } : null);
        Assert.Equal([6, 4, 2, 2, 2, 4], await CountsAsync());

        if (way == "deleted") await host.Http.RemoveAsync($"{room}/messages/{id}");
        else await host.Host.TimePasses(way == "expired" ? TimeSpan.FromSeconds(31) : TimeSpan.FromDays(2));
        await Upkeep.ExpireAsync(CancellationToken.None);
        await Upkeep.RetireAsync(CancellationToken.None);

        Assert.Equal([3, 2, 1, 1, 1, way == "retired" ? 2 : 3], await CountsAsync());
        Assert.Equal(2L, await host.Host.SqlAsync("select count(*) from relay.entries e where e::text like '%canary%'")); // the other room's message, and eve's reaction to it
        Assert.Equal(["👍 2", "canary 1"], await ReactionsTests.CountsAsync(host.Http, other));
        Assert.Equal(2, (await RepliesTests.ThreadAsync(host.Http, other, kept)).Count);
    }

    [Fact]
    public async Task With_a_user_go_their_reactions_and_mentions_and_all_about_their_messages_and_the_counts_are_right()
    {
        var room = await host.RoomAsync(null, "ann", "bob", "eve");
        var id = await FullAsync(room);

        await EraseAsync("eve");
        Assert.Equal(["👍 1"], await ReactionsTests.CountsAsync(host.Http, room));
        Assert.Equal([1, 1, 1, 1, 1, 2], await CountsAsync());
        Assert.Equal(["1 message canary", "2 react", "3 react deleted", "4 react deleted", "5 pin", "6 message reply"], await RoomHost.LogAsync(host.Http, room));
        await EraseAsync("bob");
        Assert.Equal([0, 0, 1, 1, 0, 1], await CountsAsync());
        Assert.Equal(["1 canary 0"], await RepliesTests.ThreadAsync(host.Http, room, id));
        await EraseAsync("ann");
        Assert.Equal([0, 0, 0, 0, 0, 0], await CountsAsync());
        Assert.Equal(0L, await host.Host.SqlAsync("select count(*) from relay.entries e where e::text like '%canary%'"));
    }

    [Fact]
    public async Task Erasures_beside_reactions_replies_and_deletes_end_and_the_counts_are_right()
    {
        var users = Enumerable.Range(0, 6).Select(n => $"u{n}").ToArray();
        var rooms = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => host.RoomAsync(null, users)));
        var ids = await Task.WhenAll(rooms.SelectMany(room => users.Select(async user => (Room: room, (await host.SayAsync(host.Http, room, "x", new { from = user, mentions = users })).Id))));
        var chance = new Random(7);
        var acts = Enumerable.Range(0, 300).Select(_ =>
        {
            var ((room, id), user) = (ids[chance.Next(ids.Length)], users[chance.Next(users.Length)]);
            return chance.Next(10) switch
            {
                < 5 => host.Http.SendAsync($"{room}/messages/{id}/reactions", new { key = $"k{chance.Next(3)}", from = user }),
                < 7 => host.Http.SendAsync($"{room}/messages/{id}/reactions/remove", new { key = $"k{chance.Next(3)}", from = user }),
                < 9 => host.SayAsync(host.Http, room, "reply", new { from = user, reply_to = id }),
                _ => host.Http.RemoveAsync($"{room}/messages/{id}"),
            };
        }).ToList();
        await Task.WhenAll(EraseAsync("u1"), EraseAsync("u2"), Task.WhenAll(acts));
        Assert.All(acts, act => Assert.True(act.Result.Status is 200 or 201 or 204 or 404 or 422, act.Result.ToString()));

        Assert.Equal(0L, await host.Host.SqlAsync("""
            select count(*) from (select tenant_id, message_id, substr(mark, 2) as key, count(*) from relay.reactions group by 1, 2, 3) r
            full join relay.reaction_counts c using (tenant_id, message_id, key) where r.count is distinct from c.count
            """));
        Assert.Equal(0L, await host.Host.SqlAsync("""
            select count(*) from relay.replies r where r.count <> (select count(*) from relay.entries e where e.tenant_id = r.tenant_id and e.reply_to = r.message_id and not e.blank)
            """));
        Assert.Equal(0L, await host.Host.SqlAsync("select count(*) from relay.reactions r join relay.entries e on e.tenant_id = r.tenant_id and e.id = r.message_id where e.blank"));
    }

    [Fact]
    public async Task With_a_room_goes_everything()
    {
        var room = await host.RoomAsync(null, "ann", "bob", "eve");
        await FullAsync(room);
        Assert.Equal([3, 2, 1, 1, 1, 2], await CountsAsync());
        Assert.Equal(204, (await host.Http.RemoveAsync(room)).Status);
        await Eventually.Async(async () => await DeleteRoom.SweepAsync(host.Host.Services.GetRequiredService<Databases>(), CancellationToken.None) == 0 && await host.CountAsync("rooms") == 0);
        Assert.Equal([0, 0, 0, 0, 0, 0], await CountsAsync());
    }

    [Fact]
    public async Task Endpoints_are_told_of_reactions_with_their_key_or_ciphertext()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await host.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url, ordered = true, event_types = new[] { "reaction.*" } });
        var (room, dark) = (await host.RoomAsync(null, "ann"), await host.RoomAsync(new { encrypted = true }, "ann"));
        using var ann = await host.AsAsync("ann");
        async Task<JsonElement> NextAsync() => JsonDocument.Parse(Encoding.UTF8.GetString((await receiver.NextAsync()).Body)).RootElement;

        var id = (await host.SayAsync(ann, room, "Hello")).Id;
        await ann.SendAsync($"{room}/messages/{id}/reactions", new { key = "👍" });
        var added = await NextAsync();
        await ann.SendAsync($"{room}/messages/{id}/reactions/remove", new { key = "👍" });
        var removed = await NextAsync();
        var secret = (await ann.SendAsync($"{dark}/messages", new { encrypted = new { alg = "mls", ciphertext = "QUJD" } })).Id;
        await ann.SendAsync($"{dark}/messages/{secret}/reactions", new { encrypted = new { alg = "mls", ciphertext = "REVG" } });
        var hidden = await NextAsync();

        Assert.Equal(("reaction.added", "reaction.removed", "reaction.added"), (added.GetProperty("type").GetString(), removed.GetProperty("type").GetString(), hidden.GetProperty("type").GetString()));
        var data = added.GetProperty("data");
        Assert.Equal((room["/v1/rooms/".Length..], "ann", id, 2, "👍"),
            (data.GetProperty("room_id").GetString(), data.GetProperty("user").GetString(), data.GetProperty("message_id").GetString(), data.GetProperty("seq").GetInt64(), data.GetProperty("body").GetProperty("key").GetString()));
        Assert.Equal("REVG", hidden.GetProperty("data").GetProperty("encrypted").GetProperty("ciphertext").GetString());
    }
}
