using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Stories;

/// <summary>The system that was only a document: rooms with history and search, blocking and muting.</summary>
[Collection(nameof(Stories))]
public sealed class HistoryStory(StoryRelay relay)
{
    [Fact]
    public async Task A_long_history_is_paged_and_searched_and_people_keep_others_away()
    {
        var app = await relay.AppAsync("Rooms");
        var room = await app.RoomAsync(new { name = "Garden" }, "ann", "bob");
        using var ann = await app.SignedInAsync("ann");
        using var bob = await app.SignedInAsync("bob");
        foreach (var some in Enumerable.Range(1, 250).Chunk(50))
            await App.PostAsync(app.Backend, $"/v1/rooms/{room}/messages/batch", new { messages = some.Select(n => new { from = n % 2 == 0 ? "ann" : "bob", body = new { text = n == 77 ? "The tulips are out" : $"Day {n}" } }) });

        // Backwards, page by page, to the first: no number is missing.
        var (seen, before) = (new List<long>(), long.MaxValue);
        while (true)
        {
            var page = await App.DoAsync(ann, HttpMethod.Get, $"/v1/rooms/{room}/messages?before_seq={before}&limit=100");
            var numbers = page["data"].EnumerateArray().Select(e => e.GetProperty("seq").GetInt64()).ToList();
            if (numbers.Count == 0) break;
            seen.AddRange(numbers);
            before = numbers.Min();
        }
        var head = (await App.DoAsync(ann, HttpMethod.Get, "/v1/users/ann/rooms"))["data.0.head"].GetInt64();
        Assert.True(head >= 250, $"{head}");
        Assert.Equal(Enumerable.Range(1, (int)head).Select(n => (long)n), seen.Order());

        await Eventually.Async(async () => (await ann.ReadAsync($"/v1/rooms/{room}/messages/search?q=tulips"))["data"].GetArrayLength() == 1, 60);

        // Ann blocks Bob: no direct messages, both ways. Bob mutes the garden: its notifications do not reach him.
        var direct = await app.RoomAsync(new { type = "direct" }, "ann", "bob");
        await App.DoAsync(ann, HttpMethod.Put, "/v1/users/ann/blocks/bob");
        Assert.Equal("blocked", (await bob.SendAsync($"/v1/rooms/{direct}/messages", new { body = new { text = "Hey" } })).Code);
        await App.DoAsync(bob, HttpMethod.Put, "/v1/users/bob/preferences", new { muted_rooms = new[] { room } });
        var group = (await App.PostAsync(app.Backend, "/v1/notifications", new { to = new { room }, content = new { text = "Water the tulips" }, route = new[] { new { channel = "websocket" } } }))["group_id"].GetString();
        await Eventually.Async(async () => (await app.Backend.ReadAsync($"/v1/notification-groups/{group}"))["status"].GetString() == "made");
        await Eventually.Async(async () => (await ann.ReadAsync("/v1/users/ann/inbox"))["data"].GetArrayLength() == 1);
        Assert.Equal(0, (await App.DoAsync(bob, HttpMethod.Get, "/v1/users/bob/inbox"))["data"].GetArrayLength());
    }
}
