using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Messages;

/// <summary>The feed of mentions, through HTTP.</summary>
public sealed class MentionsTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<Said> NameAsync(string room, string text, params string[] mentions) => host.SayAsync(host.Http, room, text, new { mentions });

    internal static async Task<IReadOnlyList<string>> FeedAsync(HttpClient by, string user)
    {
        var said = await by.ReadAsync($"/v1/users/{user}/mentions?limit=100");
        Assert.Equal(200, said.Status);
        return [.. said["data"].EnumerateArray().Select(m => m.GetProperty("message").GetProperty("body").GetProperty("text").GetString()!)];
    }

    [Fact]
    public async Task Who_is_named_finds_it_with_its_room_the_newest_first()
    {
        var (one, other) = (await host.RoomAsync(null, "ann", "bob"), await host.RoomAsync(null, "ann"));
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        await NameAsync(one, "first", "ann", "bob");
        await NameAsync(other, "second", "ann");
        await host.SayAsync(host.Http, one, "nobody");
        await NameAsync(one, "third", "ann");

        Assert.Equal(["third", "second", "first"], await FeedAsync(ann, "ann"));
        Assert.Equal(["first"], await FeedAsync(host.Http, "bob"));
        Assert.Equal((403, "forbidden"), (await bob.ReadAsync("/v1/users/ann/mentions") is var said ? (said.Status, said.Code) : default));

        var page = await ann.ReadAsync("/v1/users/ann/mentions?limit=2");
        Assert.Equal((other["/v1/rooms/".Length..], true), (page["data.1.room"].GetString(), page["has_more"].GetBoolean()));
        var rest = await ann.ReadAsync($"/v1/users/ann/mentions?limit=2&after={page["next_cursor"].GetString()}");
        Assert.Equal(("first", false), (rest["data.0.message.body.text"].GetString(), rest["has_more"].GetBoolean()));
        Assert.Equal((400, "invalid_cursor"), (await bob.ReadAsync($"/v1/users/bob/mentions?after={page["next_cursor"].GetString()}") is var wrong ? (wrong.Status, wrong.Code) : default));
    }

    [Fact]
    public async Task It_shows_what_the_user_may_see_now()
    {
        var (all, late) = (await host.RoomAsync(null, "ann"), await host.RoomAsync(new { history = "since_join" }));
        using var ann = await host.AsAsync("ann");
        await NameAsync(late, "before she came", "ann");
        await host.Http.AskAsync(HttpMethod.Put, $"{late}/members/ann", new { });
        await NameAsync(late, "after", "ann");
        await NameAsync(all, "seen", "ann");
        var gone = (await NameAsync(all, "deleted", "ann")).Id;
        await host.SayAsync(host.Http, all, "expires", new { mentions = new[] { "ann" }, expires_in_s = 30 });
        await host.SayAsync(host.Http, all, "passing", new { mentions = new[] { "ann" }, ephemeral = true });
        Assert.Equal(["expires", "deleted", "seen", "after"], await FeedAsync(ann, "ann"));

        await host.Http.RemoveAsync($"{all}/messages/{gone}");
        await host.Host.TimePasses(TimeSpan.FromSeconds(31));
        Assert.Equal(["seen", "after"], await FeedAsync(ann, "ann"));
        await host.Http.AskAsync(HttpMethod.Put, $"{all}/members/ann", new { banned_until = "2126-01-01T00:00:00Z" });
        Assert.Equal(["after"], await FeedAsync(host.Http, "ann"));
        await host.Http.AskAsync(HttpMethod.Put, $"{all}/members/ann", new { });
        await host.Http.RemoveAsync($"{late}/members/ann");
        Assert.Equal(["seen"], await FeedAsync(ann, "ann"));
        await host.Http.RemoveAsync(all);
        Assert.Empty(await FeedAsync(ann, "ann"));
    }

    [Fact]
    public async Task A_narrowed_token_shows_what_it_grants_and_opens_a_channel()
    {
        var (stage, room, other) = (await host.RoomAsync(new { type = "channel", external_id = "stage" }), await host.RoomAsync(null, "ann"), await host.RoomAsync(null, "ann"));
        foreach (var (path, text) in (ValueTuple<string, string>[])[(stage, "stage"), (room, "room"), (other, "other")]) await NameAsync(path, text, "ann");
        using var narrowed = await host.AsAsync("ann", new object[] { new { room = "ext:stage", can = new[] { "read" } }, new { room = room["/v1/rooms/".Length..], can = new[] { "read" } }, new { room = other["/v1/rooms/".Length..], can = new[] { "send" } } });
        using var whole = await host.AsAsync("ann");
        Assert.Equal(["room", "stage"], await FeedAsync(narrowed, "ann"));
        Assert.Equal(["other", "room"], await FeedAsync(whole, "ann"));
    }
}
