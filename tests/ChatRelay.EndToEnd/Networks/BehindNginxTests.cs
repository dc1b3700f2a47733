using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Networks;

/// <summary>Two nodes behind a plain nginx that takes them in turn: no request is bound to a node, whatever carries the frames.</summary>
public sealed class BehindNginxTests
{
    private const int Many = 200;

    [Fact]
    public async Task Who_changes_what_carries_it_and_the_node_in_mid_room_has_each_number_once()
    {
        (string, string)[] settings = [("CHATRELAY_USER_RATE_PER_S", "100000"), ("CHATRELAY_USER_RATE_BURST", "100000")];
        await using var one = await RelayHost.StartAsync(null, null, settings);
        await using var other = await RelayHost.StartAsync(one.Database, one.Folder, settings);
        await using var nginx = await Nginx.StartAsync(one.Address, other.Address);
        var tenant = await one.NewTenantAsync();
        using var http = Through(nginx, tenant.Key);
        var room = (await http.SendAsync("/v1/rooms", new { members = new[] { new { user = "ann" }, new { user = "bob" } } })).Id;
        var epoch = (await http.ReadAsync($"/v1/rooms/{room}/messages"))["epoch"].GetString()!;
        var token = (await http.SendAsync("/v1/tokens", new { user = "ann" }))["token"].GetString()!;
        var changing = new RoomFollower(token, room, epoch);
        var staying = Enum.GetValues<Transport>().Select(transport => (Follower: new RoomFollower(token, room, epoch), Transport: transport)).ToList();
        var following = staying.ConvertAll(s => s.Follower.FollowAsync(nginx.Address, s.Transport));

        using var bob = Through(nginx, (await http.SendAsync("/v1/tokens", new { user = "bob" }))["token"].GetString());
        var talking = Task.Run(async () =>
        {
            for (var n = 1; n <= Many; n++) Assert.Equal(201, (await bob.SendAsync($"/v1/rooms/{room}/messages", new { body = new { text = n < Many ? $"{n}" : "end" } })).Status);
        });
        var chance = new Random(7);
        while (!changing.AtEnd) await changing.FollowAsync(nginx.Address, (Transport)chance.Next(3), chance.Next(1, 12));
        await talking;
        await Task.WhenAll(following);

        Assert.Equal(Enumerable.Range(1, Many - 1).Select(n => $"{n}").Append("end"), changing.Log.Select(TextOf));
        foreach (var (follower, _) in staying) Assert.Equal(changing.Log.Select(f => f.GetRawText()), follower.Log.Select(f => f.GetRawText()));
        Assert.Equal(2, changing.Nodes.Count);
    }

    private static HttpClient Through(Nginx nginx, string? key) =>
        new(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = nginx.Address, DefaultRequestHeaders = { Authorization = new("Bearer", key!) } };

    private static string? TextOf(JsonElement frame) => frame.GetProperty("body").GetProperty("text").GetString();
}
