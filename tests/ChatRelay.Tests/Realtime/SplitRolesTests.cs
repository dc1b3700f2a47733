using ChatRelay.Jobs;
using ChatRelay.Storage.Nodes;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Realtime;

/// <summary>One node for each role, on one database: together they are what one node with all of them is.</summary>
public sealed class SplitRolesTests(SplitRolesTests.Four shared) : IClassFixture<SplitRolesTests.Four>
{
    public sealed class Four : IAsyncLifetime
    {
        internal RoomHost Api { get; private set; } = null!;
        internal RoomHost Realtime { get; private set; } = null!;
        internal RoomHost Deliver { get; private set; } = null!;
        internal RoomHost Upkeep { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Api = await RoomHost.StartAsync(("CHATRELAY_ROLES", "api"));
            Realtime = await Api.BesideAsync(("CHATRELAY_ROLES", "realtime"), ("CHATRELAY_USER_RATE_BURST", "1000"), ("CHATRELAY_USER_RATE_PER_S", "1000"));
            Deliver = await Api.BesideAsync(("CHATRELAY_ROLES", "deliver"));
            Upkeep = await Api.BesideAsync(("CHATRELAY_ROLES", "upkeep"));
            foreach (var node in (RoomHost[])[Api, Realtime, Deliver, Upkeep]) await BeatAsync(node);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var node in (RoomHost[])[Upkeep, Deliver, Realtime, Api]) await node.DisposeAsync();
        }
    }

    private RoomHost Api => shared.Api;
    private RoomHost Realtime => shared.Realtime;

    private static Task BeatAsync(RoomHost node) => node.Host.Services.GetRequiredService<NodeHeartbeat>().BeatAsync(CancellationToken.None);

    [Fact]
    public async Task Each_serves_its_own_routes_and_its_health_and_nothing_else()
    {
        foreach (var node in (RoomHost[])[Api, Realtime, shared.Deliver, shared.Upkeep])
        {
            Assert.Equal(200, (await node.Host.Anonymous.ReadAsync("/health/ready")).Status);
            Assert.Equal(4, (await node.Host.Operator.ReadAsync("/health/detailed"))["live_nodes"].GetInt32());
            Assert.Equal(ReferenceEquals(node, Api) ? 200 : 404, (await node.Http.ReadAsync("/v1/tenant")).Status);
            Assert.Equal(ReferenceEquals(node, Realtime) ? 401 : 404, (await node.Host.Anonymous.SendAsync("/v1/connect/poll", new { v = 1, token = "" })).Status);
        }
    }

    [Fact]
    public async Task What_is_posted_at_the_one_is_followed_at_the_other_and_the_other_way_round()
    {
        var path = await Api.RoomAsync(null, "ann", "bob");
        var epoch = (await Api.Http.ReadAsync($"{path}/messages"))["epoch"].GetString()!;
        var room = path.Split('/')[^1];
        await using var ann = await SocketClient.HelloAsync(Realtime.Host.Address, await Api.TokenAsync("ann"));
        var followers = ((Transport[])[Transport.Stream, Transport.Poll]).Select(t => (Transport: t, Follower: new RoomFollower(Api.TokenAsync("bob").Result, room, epoch))).ToList();
        var following = followers.ConvertAll(f => f.Follower.FollowAsync(Realtime.Host.Address, f.Transport));
        await Api.SayAsync(Api.Http, path, "by REST", new { from = "bob" });
        Assert.Equal("by REST", (await ann.NextAsync("msg")).GetProperty("body").GetProperty("text").GetString());
        await ann.DoAsync("send", new { r = room, cid = "c", body = new { text = "end" } });
        Assert.Equal(["1 message by REST", "2 message end"], await RoomHost.LogAsync(Api.Http, path));
        await Task.WhenAll(following);
        Assert.All(followers, f => Assert.Equal(2, f.Follower.At));
    }

    [Fact]
    public async Task A_notification_is_accepted_sent_and_shown_by_three_of_them()
    {
        await using var device = await SocketClient.HelloAsync(Realtime.Host.Address, await Api.TokenAsync("gus", device: "phone"));
        var mail = await Api.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "x" } });
        var shown = await Api.Http.SendAsync("/v1/notifications", new { to = new { user = "gus" }, content = new { text = "hi" }, route = new[] { new { channel = "websocket" } } });
        var entry = await device.NextAsync("inbox");
        await device.DoAsync("ack", new { s = entry.GetProperty("s").GetInt64() });
        await StatusAsync(mail.Id, "sent");
        await StatusAsync(shown.Id, "delivered");

        Task StatusAsync(string id, string wanted) => Eventually.Async(async () => (await Api.Http.ReadAsync($"/v1/notifications/{id}"))["status"].GetString() == wanted);
    }

    [Fact]
    public async Task A_job_that_is_asked_for_at_the_one_is_done_by_the_one_that_does_upkeep()
    {
        var job = await Api.Http.SendAsync("/v1/erasures", new { user = "zoe" });
        Assert.Equal(202, job.Status);
        await Eventually.Async(async () => (await Api.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
    }

    [Fact]
    public async Task A_limit_is_shared_by_those_that_spend_of_it()
    {
        Assert.Equal(999_999, await LeftAsync(Api)); // three others live, and take none of these requests
        var fresh = await Api.ForAnotherTenantAsync();
        var token = await fresh.TokenAsync("ann");
        Assert.Equal("\"key\";r=999;t=0", (await Realtime.Host.Anonymous.SendAsync("/v1/connect/poll", new { v = 1, token, wait_s = 0 })).Headers["RateLimit"]);

        await using (await Api.BesideAsync(("CHATRELAY_ROLES", "api")))
        {
            await BeatAsync(Api);
            Assert.Equal(499_999, await LeftAsync(Api));
        }
        await BeatAsync(Api);
        Assert.Equal(999_999, await LeftAsync(Api));
    }

    /// <summary>Of a tenant that has asked for nothing yet.</summary>
    private static async Task<int> LeftAsync(RoomHost node) => int.Parse((await (await node.ForAnotherTenantAsync()).Http.ReadAsync("/v1/tenant")).Headers["RateLimit"].Split(';')[1][2..]);
}
