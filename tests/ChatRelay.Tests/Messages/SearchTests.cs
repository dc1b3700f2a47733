using ChatRelay.Messages;
using ChatRelay.Rooms;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Messages;

/// <summary>Search in a room, through HTTP; the index is filled when the test says so.</summary>
public sealed class SearchTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task IndexAsync() => IndexAsync(host);

    /// <summary>Until the index has come as far as the log. The node's own upkeep may be at it: then that is waited for.</summary>
    internal static async Task IndexAsync(RoomHost host)
    {
        var index = host.Host.Services.GetRequiredService<WordIndex>();
        await Eventually.Async(async () =>
        {
            await index.RunAsync(CancellationToken.None);
            return await host.Host.SqlAsync("""
                select exists (select from relay.events e join relay.tenants t on t.tenant_id = e.tenant_id left join relay.word_feeds f on f.tenant_id = e.tenant_id
                  where (e.generation, e.xid, e.id) > (coalesce(f.generation, 0), coalesce(f.xid, '0'), coalesce(f.event_id, '00000000-0000-0000-0000-000000000000')))
                """) is false;
        });
    }

    internal static async Task<IReadOnlyList<string>> FindAsync(HttpClient by, string room, string q, string more = "")
    {
        var said = await by.ReadAsync($"{room}/messages/search?q={Uri.EscapeDataString(q)}{more}");
        return said.Status == 200 ? [.. said["data"].EnumerateArray().Select(e => e.GetProperty("body").GetProperty("text").GetString()!)] : [$"{said.Status} {said.Code}"];
    }

    [Fact]
    public async Task Words_are_found_in_their_room_the_newest_first()
    {
        var (room, other) = (await host.RoomAsync(null, "ann"), await host.RoomAsync(null, "ann"));
        using var ann = await host.AsAsync("ann");
        using var eve = await host.AsAsync("eve");
        foreach (var text in (string[])["The quick brown fox", "Quick as a flash", "Grüße aus Köln 👋", "brown quick"]) await host.SayAsync(ann, room, text);
        await host.SayAsync(ann, other, "quick elsewhere");
        await ann.SendAsync($"{room}/messages", new { type = "card", body = new { text = "card", lines = new object[] { new { quick = "deep canary" }, 7 } } });
        await IndexAsync();

        Assert.Equal(["brown quick", "Quick as a flash", "The quick brown fox"], await FindAsync(ann, room, "QUICK"));
        Assert.Equal(["brown quick", "The quick brown fox"], await FindAsync(ann, room, "quick brown"));
        Assert.Equal(["The quick brown fox"], await FindAsync(ann, room, "\"quick brown\""));
        Assert.Equal(["Quick as a flash"], await FindAsync(ann, room, "quick -brown"));
        Assert.Equal(["Grüße aus Köln 👋", "The quick brown fox"], await FindAsync(ann, room, "fox or köln"));
        Assert.Equal(["card"], await FindAsync(ann, room, "canary"));
        Assert.Empty(await FindAsync(ann, room, "nothing"));
        Assert.Empty(await FindAsync(ann, room, "!!! ' : &"));
        Assert.Empty(await FindAsync(ann, room, $"room {room["/v1/rooms/".Length..]}"));
        Assert.Equal(["404 not_found"], await FindAsync(eve, room, "quick"));
        Assert.Equal((400, "invalid_parameter"), (await ann.ReadAsync($"{room}/messages/search") is var said ? (said.Status, said.Code) : default));
    }

    [Fact]
    public async Task Sender_type_time_and_pages_narrow_it()
    {
        var room = await host.RoomAsync(null, "ann", "bob");
        await host.SayAsync(host.Http, room, "word one", new { from = "ann" });
        await host.SayAsync(host.Http, room, "word two", new { from = "bob", type = "note" });
        await host.Host.TimePasses(TimeSpan.FromMinutes(1));
        var at = Uri.EscapeDataString((await host.SayAsync(host.Http, room, "word three", new { from = "ann" }))["created_at"].GetString()!);
        await IndexAsync();

        Assert.Equal(["word three", "word one"], await FindAsync(host.Http, room, "word", "&from=ann"));
        Assert.Equal(["word two"], await FindAsync(host.Http, room, "word", "&type=note"));
        Assert.Equal(["word three"], await FindAsync(host.Http, room, "word", $"&created_after={at}"));
        Assert.Equal(["word two", "word one"], await FindAsync(host.Http, room, "word", $"&created_before={at}"));
        var page = await host.Http.ReadAsync($"{room}/messages/search?q=word&limit=2");
        Assert.Equal((2, true), (page["data"].GetArrayLength(), page["has_more"].GetBoolean()));
        Assert.Equal(["word one"], await FindAsync(host.Http, room, "word", $"&limit=2&before_seq={page["data.1.seq"]}"));
    }

    [Fact]
    public async Task It_finds_a_message_as_it_reads_now_and_not_what_is_gone()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        var (edited, deleted) = ((await host.SayAsync(ann, room, "before")).Id, (await host.SayAsync(ann, room, "word deleted")).Id);
        await host.SayAsync(ann, room, "word expired", new { expires_in_s = 30 });
        await IndexAsync();
        Assert.Equal(["word expired", "word deleted"], await FindAsync(ann, room, "word"));

        await ann.ChangeAsync($"{room}/messages/{edited}", new { body = new { text = "after" } });
        await ann.RemoveAsync($"{room}/messages/{deleted}");
        await host.Host.TimePasses(TimeSpan.FromSeconds(31));
        Assert.Empty(await FindAsync(ann, room, "word")); // at once
        await IndexAsync();
        var found = await ann.ReadAsync($"{room}/messages/search?q=after");
        Assert.Equal((edited, "after"), (found["data.0.id"].GetString(), found["data.0.marks.edit.body.text"].GetString()));
        Assert.Empty(await FindAsync(ann, room, "before"));
        await host.Host.Services.GetRequiredService<RoomUpkeep>().ExpireAsync(CancellationToken.None);
        Assert.Equal(1, await host.CountAsync("room_words"));
    }

    [Fact]
    public async Task A_delete_that_comes_before_the_index_leaves_no_words()
    {
        var room = await host.RoomAsync(null, "ann");
        for (var round = 0; round < 10; round++)
        {
            var id = (await host.SayAsync(host.Http, room, "canary")).Id;
            await Task.WhenAll(host.Http.RemoveAsync($"{room}/messages/{id}"), host.Host.Services.GetRequiredService<WordIndex>().RunAsync(CancellationToken.None));
        }
        await IndexAsync();
        Assert.Equal(0, await host.CountAsync("room_words"));
    }

    [Fact]
    public async Task An_encrypted_room_is_not_searched_and_one_that_becomes_encrypted_loses_its_words()
    {
        var room = await host.RoomAsync(null, "ann");
        var sealedFromTheStart = await host.RoomAsync(new { encrypted = true }, "ann");
        await host.SayAsync(host.Http, room, "canary");
        await host.Http.SendAsync($"{room}/messages", new { encrypted = new { alg = "mls", ciphertext = "QUJD", header = new { text = "canary" } } });
        await host.Http.SendAsync($"{sealedFromTheStart}/messages", new { encrypted = new { alg = "mls", ciphertext = "QUJD", header = new { text = "canary" } } });
        await IndexAsync();
        Assert.Equal((1, 1), ((await FindAsync(host.Http, room, "canary")).Count, await host.CountAsync("room_words")));

        Assert.Equal(200, (await host.Http.ChangeAsync(room, new { encrypted = true })).Status);
        Assert.Equal(["409 conflict"], await FindAsync(host.Http, room, "canary"));
        Assert.Equal(["409 conflict"], await FindAsync(host.Http, sealedFromTheStart, "canary"));
        await IndexAsync();
        Assert.Equal(0, await host.CountAsync("room_words"));
    }

    [Fact]
    public async Task What_came_before_the_viewer_is_not_found()
    {
        var room = await host.RoomAsync(new { history = "since_join" }, "ann");
        await host.SayAsync(host.Http, room, "word before");
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { });
        await host.SayAsync(host.Http, room, "word after");
        await IndexAsync();
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        Assert.Equal(["word after", "word before"], await FindAsync(ann, room, "word"));
        Assert.Equal(["word after"], await FindAsync(bob, room, "word"));
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { banned_until = "2126-01-01T00:00:00Z" });
        Assert.Equal(["404 not_found"], await FindAsync(bob, room, "word"));
    }

    [Theory]
    [InlineData("\"plain\"", "plain\n")]
    [InlineData("{\"name\":\"a\",\"list\":[\"b\",1,true,null,{\"deep\":\"c\"}]}", "a\nb\nc\n")]
    [InlineData("1e999999", "")]
    public void The_words_of_a_body_are_its_strings(string body, string words) => Assert.Equal(words, WordIndex.TextOf(body));
}
