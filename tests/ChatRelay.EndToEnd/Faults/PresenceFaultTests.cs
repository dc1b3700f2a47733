using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Two nodes, one of which is killed: who was on it alone leaves in time, who is elsewhere too or came back never does, and a call finds its way again.</summary>
public sealed class PresenceFaultTests
{
    /// <summary>The grace and a ping with its answer: nobody may be a ghost for longer.</summary>
    private static readonly TimeSpan LongestGhost = TimeSpan.FromSeconds(12 + 25 + 8);

    [Fact]
    public async Task Who_was_on_a_killed_node_leaves_in_time_and_who_is_elsewhere_does_not()
    {
        using var folder = new ScratchFolder();
        var ct = CancellationToken.None;
        await using var world = await ChaosWorld.StartAsync(
            folder.Path, new WorldPlan([new("one", "api,realtime,upkeep"), new("two", "realtime,api")], Settings: [("CHATRELAY_SOCKET_HELLO", "120s")]), line => TestContext.Current.SendDiagnosticMessage(line), ct);
        var (one, two) = (world.Nodes[0], world.Nodes[1]);
        using var http = world.ClientOf(one);
        string[] users = ["ann", "bob", "cy", "dee"];
        var room = (await PostAsync(http, "/v1/rooms", new { members = users.Select(user => new { user }) })).GetProperty("id").GetString()!;
        var tokens = new Dictionary<string, string>();
        foreach (var user in users) tokens[user] = (await PostAsync(http, "/v1/tokens", new { user })).GetProperty("token").GetString()!;
        Task<SocketClient> OpenAsync(ChaosNode node, string user, string device) => SocketClient.HelloAsync(node.Address, tokens[user], new { device });

        await using var ann = await OpenAsync(one, "ann", "laptop");
        await ann.DoAsync("join", new { r = room, presence = "list" });
        var there = new HashSet<string?>();
        async Task<JsonElement> NextAsync()
        {
            var frame = await ann.NextAsync("presence");
            if (frame.TryGetProperty("all", out _)) there.Clear();
            if (frame.TryGetProperty("join", out var joins)) foreach (var user in joins.EnumerateArray()) there.Add(user.GetProperty("user").GetString());
            if (frame.TryGetProperty("leave", out var leaves)) foreach (var user in leaves.EnumerateArray()) there.Remove(user.GetProperty("user").GetString());
            return frame;
        }
        await using var tabOne = await OpenAsync(two, "bob", "phone");
        await using var tabTwo = await OpenAsync(two, "bob", "laptop");
        await using var cyThere = await OpenAsync(two, "cy", "phone");
        await using var cyHere = await OpenAsync(one, "cy", "laptop");
        await using var dee = await OpenAsync(two, "dee", "phone");
        while (there.Count < 4) await NextAsync();

        await two.KillAsync();
        var killed = TimeProvider.System.GetTimestamp();
        await using var deeBack = await OpenAsync(one, "dee", "phone");
        await ann.DoAsync("signal", new { to = new { user = "bob", device = "phone" }, kind = "ring", ttl_ms = 60_000 }); // nobody is there for it now
        JsonElement left;
        do left = await NextAsync(); while (!left.TryGetProperty("leave", out _));
        Assert.True(TimeProvider.System.GetElapsedTime(killed) < LongestGhost, $"{TimeProvider.System.GetElapsedTime(killed)}");
        Assert.Equal("bob", Assert.Single(left.GetProperty("leave").EnumerateArray()).GetProperty("user").GetString());
        Assert.Equal(["ann", "cy", "dee"], there.Order());

        two.Start();
        await two.ReadyAsync(ct);
        await using var again = await OpenAsync(two, "bob", "phone");
        Assert.Equal("ring", (await again.NextAsync("signal")).GetProperty("kind").GetString()); // it was kept, and on another node
        Assert.Equal("bob", Assert.Single((await NextAsync()).GetProperty("join").EnumerateArray()).GetProperty("user").GetString());
        Assert.Equal(["ann", "bob", "cy", "dee"], there.Order()); // nobody else was told of meanwhile
        await ann.DoAsync("signal", new { to = new { user = "bob" }, kind = "hangup" });
        Assert.Equal("hangup", (await again.NextAsync("signal")).GetProperty("kind").GetString());
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }
}
