using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Messages;

/// <summary>Who may write into a room is asked by every way in: with a token over HTTP and on a socket, and for a tenant that asks for its user's rights, alone and in a batch.</summary>
public sealed class WriteRulesTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private const string Far = "2126-01-01T00:00:00Z", Taken = "taken";
    private static readonly string[] Ways = ["token", "socket", "enforced", "batch"];

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["a member"] = new(Taken),
        ["a guest where members write"] = new(Taken) { Member = new { role = "guest" } },
        ["an admin where admins write"] = new(Taken) { Room = new { write = "admins" }, Member = new { role = "admin" } },
        ["an owner where admins write"] = new(Taken) { Room = new { write = "admins" }, Member = new { role = "owner" } },
        ["muted"] = new("forbidden") { Member = new { muted_until = Far } },
        ["an admin who is muted"] = new("forbidden") { Member = new { role = "admin", muted_until = Far } },
        ["banned"] = new("not_found") { Member = new { banned_until = Far } },
        ["removed"] = new("not_found") { Removed = true },
        ["blocked by the other"] = new("blocked") { Room = new { type = "direct" }, Blocks = ("bob", "ann") },
        ["who blocks the other"] = new("blocked") { Room = new { type = "direct" }, Blocks = ("ann", "bob") },
        ["a member where admins write"] = new("forbidden") { Room = new { write = "admins" } },
        ["a guest where admins write"] = new("forbidden") { Room = new { write = "admins" }, Member = new { role = "guest" } },
        ["an owner where the tenant writes"] = new("forbidden") { Room = new { write = "tenant" }, Member = new { role = "owner" } },
        ["a token that only reads here"] = new("forbidden") { Grants = room => [new { room, can = new[] { "read" } }] },
        ["a token for elsewhere"] = new("not_found") { Grants = _ => [new { room = "ext:elsewhere", can = new[] { "read", "send" } }] },
    };

    private RoomHost host = null!;

    private sealed record Rule(string Wanted)
    {
        public object Room { get; init; } = new { };
        public object? Member { get; init; }
        public bool Removed { get; init; }
        public (string Who, string Whom)? Blocks { get; init; }

        /// <summary>What the user's token is narrowed to; the tenant's own ways know no token.</summary>
        public Func<string, object[]>? Grants { get; init; }
    }

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static TheoryData<string, string> Everywhere
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var (name, rule) in Rules)
                foreach (var way in rule.Grants is null ? Ways : Ways[..2]) all.Add(name, way);
            return all;
        }
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task Who_may_write_is_asked_by_every_way_in(string who, string way)
    {
        var rule = Rules[who];
        var path = await host.RoomAsync(rule.Room, "ann", "bob");
        if (rule.Member is { } place) Assert.Equal(204, (await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/ann", place)).Status);
        if (rule.Removed) Assert.Equal(204, (await host.Http.RemoveAsync($"{path}/members/ann")).Status);
        if (rule.Blocks is var (blocker, blocked)) Assert.Equal(204, (await host.Http.AskAsync(HttpMethod.Put, $"/v1/users/{blocker}/blocks/{blocked}")).Status);
        var before = (await host.Http.ReadAsync($"{path}/messages"))["head"].GetInt64();

        Assert.Equal(rule.Wanted, await SayAsync(path, way, await host.TokenAsync("ann", rule.Grants?.Invoke(path.Split('/')[^1]))));

        Assert.Equal(before + (rule.Wanted == Taken ? 1 : 0), (await host.Http.ReadAsync($"{path}/messages"))["head"].GetInt64());
    }

    private async Task<string> SayAsync(string path, string way, string token)
    {
        switch (way)
        {
            case "token":
                using (var ann = host.Host.Client(token)) return CodeOf(await host.SayAsync(ann, path, "x"));
            case "socket":
                await using (var ann = await SocketClient.HelloAsync(host.Host.Address, token))
                {
                    var answer = await ann.AskAsync("send", new { r = path.Split('/')[^1], cid = "m-1", body = "x" });
                    return answer.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString()! : Taken;
                }
            case "enforced":
                return CodeOf(await host.SayAsync(host.Http, path, "x", new { from = "ann", enforce = true }));
            default:
                var batch = await host.Http.SendAsync($"{path}/messages/batch", new { messages = new[] { new { from = "ann", enforce = true, body = "x" } } });
                Assert.Equal(200, batch.Status);
                return batch["data.0.problem"] is { ValueKind: JsonValueKind.Object } problem ? problem.GetProperty("code").GetString()! : Taken;
        }

        static string CodeOf(Said said) => said.Status == 201 ? Taken : said.Code!;
    }

    [Theory]
    [InlineData("owner", true)]
    [InlineData("admin", true)]
    [InlineData("member", false)]
    [InlineData("guest", false)]
    public async Task Owners_and_admins_delete_what_another_said_and_nobody_edits_it(string role, bool may)
    {
        var path = await host.RoomAsync(null, "ann", "bob");
        Assert.Equal(204, (await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/ann", new { role })).Status);
        var (room, bobs) = (path.Split('/')[^1], new List<string>());
        for (var n = 0; n < 2; n++) bobs.Add((await host.SayAsync(host.Http, path, $"{n}", new { from = "bob" })).Id);
        using var ann = await host.AsAsync("ann");
        await using var socket = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));

        Assert.Equal(403, (await ann.ChangeAsync($"{path}/messages/{bobs[0]}", new { body = "not hers" })).Status);
        Assert.Equal("forbidden", await socket.FailAsync("edit", new { r = room, msg = bobs[1], body = "not hers" }));
        Assert.Equal(may ? 204 : 403, (await ann.RemoveAsync($"{path}/messages/{bobs[0]}")).Status);
        var deleted = await socket.AskAsync("delete", new { r = room, msg = bobs[1] });
        Assert.Equal(may, deleted.TryGetProperty("ok", out _));
        if (!may) Assert.Equal("forbidden", deleted.GetProperty("error").GetProperty("code").GetString());
    }
}
