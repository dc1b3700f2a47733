using ChatRelay.Rooms;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Messages;

/// <summary>Replies and their threads, and how an edited message reads, through HTTP.</summary>
public sealed class RepliesTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<Said> ReplyAsync(HttpClient by, string room, string to, string text, int? expires = null) =>
        await host.SayAsync(by, room, text, expires is null ? new { reply_to = to } : new { reply_to = to, expires_in_s = expires });

    private static string Line(System.Text.Json.JsonElement e) => $"{e.GetProperty("seq")} {(e.GetProperty("deleted").GetBoolean() ? "deleted" : e.GetProperty("body").GetProperty("text").GetString())} {e.GetProperty("marks").GetProperty("replies")}";

    internal static async Task<IReadOnlyList<string>> ThreadAsync(HttpClient by, string room, string message, string query = "")
    {
        var said = await by.ReadAsync($"{room}/messages/{message}/thread{query}");
        return said.Status == 200 ? [Line(said["message"]), .. said["data"].EnumerateArray().Select(Line)] : [$"{said.Status}"];
    }

    [Fact]
    public async Task A_thread_is_a_message_and_what_replies_to_it_with_the_count_at_the_message()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        using var ann = await host.AsAsync("ann");
        using var eve = await host.AsAsync("eve");
        var root = (await host.SayAsync(ann, room, "root")).Id;
        var one = (await ReplyAsync(ann, room, root, "one")).Id;
        await host.SayAsync(ann, room, "beside");
        await ReplyAsync(host.Http, room, root, "two");
        await ReplyAsync(ann, room, one, "deeper");

        Assert.Equal(["1 root 2", "2 one 1", "4 two 0"], await ThreadAsync(ann, room, root));
        Assert.Equal(["1 root 2", "4 two 0"], await ThreadAsync(ann, room, root, "?after_seq=2"));
        Assert.True((await ann.ReadAsync($"{room}/messages/{root}/thread?limit=1"))["has_more"].GetBoolean());
        Assert.Equal(["2 one 1", "5 deeper 0"], await ThreadAsync(ann, room, one));
        Assert.Equal(["404"], await ThreadAsync(eve, room, root));
        Assert.Equal(4, (await ann.ReadAsync($"{room}/messages?after_seq=0"))["data.0.marks.last_reply_seq"].GetInt64());
    }

    [Fact]
    public async Task A_reply_is_to_a_message_of_this_room_that_its_sender_may_see()
    {
        var (room, other) = (await host.RoomAsync(new { history = "since_join" }, "ann"), await host.RoomAsync(null, "ann"));
        using var ann = await host.AsAsync("ann");
        var (before, elsewhere) = ((await host.SayAsync(ann, room, "before")).Id, (await host.SayAsync(ann, other, "elsewhere")).Id);
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { });
        using var bob = await host.AsAsync("bob");
        var gone = (await host.SayAsync(ann, room, "gone")).Id;
        await ann.RemoveAsync($"{room}/messages/{gone}");
        var entry = (await ann.ReadAsync($"{room}/messages?after_seq=0"))["data"].EnumerateArray().Single(e => e.GetProperty("kind").GetString() == "delete").GetProperty("id").GetString()!;

        foreach (var (by, to) in (ValueTuple<HttpClient, string>[])[(ann, elsewhere), (ann, gone), (ann, entry), (bob, before), (ann, "msg_01jd3m7q8x6zv9k2b4n5c8d1fg"), (host.Http, elsewhere)])
            Assert.Equal(["/reply_to not_found"], (await ReplyAsync(by, room, to, "x")).Faults);
        Assert.Equal(201, (await ReplyAsync(ann, room, before, "x")).Status);
        Assert.Equal("validation_failed", (await host.Http.SendAsync($"{room}/messages/batch", new { messages = new[] { new { body = 1, reply_to = elsewhere } } }))["data.0.problem.code"].GetString());
        Assert.Equal(["404"], await ThreadAsync(bob, room, before));
    }

    [Fact]
    public async Task Replies_that_were_deleted_or_expired_count_no_more()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        var root = (await host.SayAsync(ann, room, "root")).Id;
        var deleted = (await ReplyAsync(ann, room, root, "deleted")).Id;
        await ReplyAsync(ann, room, root, "expired", 30);
        await ReplyAsync(ann, room, root, "stays");
        Assert.Equal(204, (await ann.RemoveAsync($"{room}/messages/{deleted}")).Status);
        Assert.Equal(["1 root 2", "3 expired 0", "4 stays 0"], await ThreadAsync(ann, room, root));

        await host.Host.TimePasses(TimeSpan.FromSeconds(31));
        await host.Host.Services.GetRequiredService<RoomUpkeep>().ExpireAsync(CancellationToken.None);

        Assert.Equal(["1 root 1", "4 stays 0"], await ThreadAsync(ann, room, root));
        Assert.Equal(204, (await ann.RemoveAsync($"{room}/messages/{root}")).Status);
        Assert.Equal(["1 deleted 0", "4 stays 0"], await ThreadAsync(ann, room, root)); // the replies are messages of their own
    }

    [Fact]
    public async Task Twins_of_a_reply_count_once_and_many_at_once_are_all_counted()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        var root = (await host.SayAsync(ann, room, "root")).Id;
        await Task.WhenAll(Enumerable.Range(0, 30).Select(n => host.SayAsync(ann, room, $"{n}", new { reply_to = root, client_id = $"m-{n / 2}" })));
        Assert.Equal((15, 16), ((await ann.ReadAsync($"{room}/messages?after_seq=0"))["data.0.marks.replies"].GetInt64(), (await ThreadAsync(ann, room, root)).Count));
    }

    [Fact]
    public async Task A_message_says_how_it_reads_now()
    {
        var (room, dark) = (await host.RoomAsync(null, "ann"), await host.RoomAsync(new { encrypted = true }, "ann"));
        using var ann = await host.AsAsync("ann");
        var id = (await host.SayAsync(ann, room, "one")).Id;
        foreach (var text in (string[])["two", "three"]) await ann.ChangeAsync($"{room}/messages/{id}", new { body = new { text } });
        var marks = (await ann.ReadAsync($"{room}/messages?after_seq=0"))["data.0.marks.edit"];
        Assert.Equal((3, "three"), (marks.GetProperty("seq").GetInt64(), marks.GetProperty("body").GetProperty("text").GetString()));

        var secret = (await ann.SendAsync($"{dark}/messages", new { encrypted = new { alg = "mls", ciphertext = "QUJD" } })).Id;
        await ann.ChangeAsync($"{dark}/messages/{secret}", new { encrypted = new { alg = "mls", ciphertext = "REVG" } });
        Assert.Equal("REVG", (await ann.ReadAsync($"{dark}/messages?after_seq=0"))["data.0.marks.edit.encrypted.ciphertext"].GetString());
    }

    [Fact]
    public async Task An_edit_beside_a_delete_leaves_nothing_of_the_message()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        for (var round = 0; round < 15; round++)
        {
            var id = (await host.SayAsync(ann, room, "canary")).Id;
            await Task.WhenAll(Enumerable.Range(0, 4).Select(n => ann.ChangeAsync($"{room}/messages/{id}", new { body = new { text = $"canary {n}" } }))
                .Append(ann.RemoveAsync($"{room}/messages/{id}")).Append(ann.SendAsync($"{room}/messages/{id}/reactions", new { key = "canary" })));
        }
        Assert.Equal(0L, await host.Host.SqlAsync("select count(*) from relay.entries where payload like '%canary%'"));
        Assert.Equal((0, 0), (await host.CountAsync("reactions"), await host.CountAsync("reaction_counts")));
    }
}
