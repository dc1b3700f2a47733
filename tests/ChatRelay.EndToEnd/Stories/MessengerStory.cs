using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Stories;

/// <summary>Chatr: a messenger with receipts, groups, edits and reactions, whose devices catch up on what they missed.</summary>
[Collection(nameof(Stories))]
public sealed class MessengerStory(StoryRelay relay)
{
    [Fact]
    public async Task A_group_with_receipts_edits_and_a_phone_that_was_in_a_tunnel()
    {
        var app = await relay.AppAsync("Chatr");
        var room = await app.RoomAsync(new { external_id = "hikers", name = "Hikers" }, "ann", "bob", "cy");
        await using var ann = await app.DeviceAsync("ann");
        var bob = await app.DeviceAsync("bob");
        using var annsApp = await app.SignedInAsync("ann");

        // Typing, a message under the client's own id, delivered to the other, read by the other.
        await ann.DoAsync("signal", new { r = room, kind = "typing" });
        Assert.Equal("ann", (await bob.NextAsync("signal")).GetProperty("from").GetProperty("user").GetString());
        var sent = await ann.DoAsync("send", new { r = room, cid = "temp-1", body = new { text = "Saturday?" } });
        var at = sent.GetProperty("s").GetInt64();
        Assert.Equal($"{at} ann: Saturday?", await App.HearAsync(bob));
        await bob.DoAsync("read", new { r = room, s = at });
        var receipt = await ann.NextAsync("read");
        Assert.Equal(("bob", at), (receipt.GetProperty("user").GetString(), receipt.GetProperty("s").GetInt64()));

        // Sent again after a doubtful network: the same message.
        Assert.True((await ann.DoAsync("send", new { r = room, cid = "temp-1", body = new { text = "Saturday?" } })).GetProperty("dup").GetBoolean());

        // Bob's phone goes into a tunnel; meanwhile things are said, mended, and liked.
        var epoch = sent.GetProperty("e").GetString();
        await bob.DisposeAsync();
        var id = sent.GetProperty("id").GetString();
        await App.DoAsync(annsApp, HttpMethod.Patch, $"/v1/rooms/{room}/messages/{id}", new { body = new { text = "Sunday?" } });
        await App.PostAsync(annsApp, $"/v1/rooms/{room}/messages/{id}/reactions", new { key = "🥾" });
        using var cy = await app.SignedInAsync("cy");
        await App.PostAsync(cy, $"/v1/rooms/{room}/messages", new { body = new { text = "I am in" }, reply_to = id });

        // Out of the tunnel: all of it, in order, from where it was.
        await using var back = await app.DeviceAsync("bob", new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = at } } } });
        var missed = new List<string>();
        for (var n = 0; n < 3; n++) missed.Add((await back.NextAsync("msg")).GetProperty("kind").GetString()!);
        Assert.Equal(["edit", "react", "message"], missed);
        Assert.Equal(1, back.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("unread").GetInt32());

        // What he wrote while there was no network goes out once there is, and a group is left for good.
        await back.DoAsync("send", new { r = room, cid = "offline-1", body = new { text = "Me too" } });
        Assert.Equal("bob: Me too", (await HeardOfAsync(ann, "bob"))[^11..]);
        Assert.Equal(["Sunday?"], (await App.DoAsync(annsApp, HttpMethod.Get, $"/v1/rooms/{room}/messages/{id}/history"))["data"].EnumerateArray().TakeLast(1).Select(e => e.GetProperty("body").GetProperty("text").GetString()!));
        await App.DoAsync(app.Backend, HttpMethod.Delete, $"/v1/rooms/{room}/members/cy");
        Assert.Equal(404, (await cy.ReadAsync($"/v1/rooms/{room}/messages?after_seq=0")).Status);
    }

    private static async Task<string> HeardOfAsync(SocketClient device, string user)
    {
        while (true)
            if (await App.HearAsync(device) is var line && line.Contains($" {user}:", StringComparison.Ordinal)) return line;
    }
}
