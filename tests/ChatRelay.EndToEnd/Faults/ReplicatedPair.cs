using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>A primary and its replica, and the address that leads to one of them.</summary>
internal sealed class ReplicatedPair : IAsyncDisposable
{
    private ReplicatedPair(ReplicaServer primary, ReplicaServer replica) => (Primary, Replica, Way) = (primary, replica, new(primary.Login));

    public ReplicaServer Primary { get; }
    public ReplicaServer Replica { get; }
    public ChaosProxy Way { get; }

    public static async Task<ReplicatedPair> StartAsync()
    {
        var primary = await ReplicaServer.PrimaryAsync();
        return new(primary, await ReplicaServer.OfAsync(primary));
    }

    public async Task<FailoverRelay> RelayAsync()
    {
        var node = await RelayHost.StartThroughAsync(RelayDatabase.On(Primary.Login), Way);
        return await FailoverRelay.OfAsync(node);
    }

    /// <summary>The primary's machine is gone, silently or with a last word to whoever was connected, and the address leads to the replica.</summary>
    public async Task FailOverAsync(bool silently)
    {
        Way.LeadTo(Replica.Login);
        if (silently) Way.HalveAll();
        else Way.CutAll();
        await Primary.KillAsync();
        await Replica.PromoteAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Way.DisposeAsync();
        await Replica.DisposeAsync();
        await Primary.DisposeAsync();
    }
}

/// <summary>A node with a room of two, and somebody who speaks in it until it is acknowledged.</summary>
internal sealed class FailoverRelay : IAsyncDisposable
{
    private FailoverRelay(RelayHost node, TenantAccess tenant, string room, string token) => (Node, Tenant, Room, Token) = (node, tenant, room, token);

    public RelayHost Node { get; }
    public TenantAccess Tenant { get; }
    public string Room { get; }

    /// <summary>Ann's.</summary>
    public string Token { get; }

    public static async Task<FailoverRelay> OfAsync(RelayHost node)
    {
        var tenant = await node.NewTenantAsync();
        var room = await tenant.Http.SendAsync("/v1/rooms", new { members = new[] { new { user = "ann" }, new { user = "bob" } } });
        var token = (await tenant.Http.SendAsync("/v1/tokens", new { user = "ann" }))["token"].GetString()!;
        return new(node, tenant, room.Id, token);
    }

    public Task<Said> TryAsync(string text) => Tenant.Http.SendAsync($"/v1/rooms/{Room}/messages", new { from = "bob", client_id = text.Replace(' ', '-'), body = new { text } });

    public async Task<(string Epoch, long Seq, string Id)> SayAsync(string text)
    {
        Said? said = null;
        await Eventually.Async(async () => (said = await TryAsync(text)).Status is 201 or 200, 120);
        return (said!["epoch"].GetString()!, said["seq"].GetInt64(), said.Id);
    }

    public async Task<IReadOnlyList<(long Seq, string Id)>> LogAsync()
    {
        var log = new List<(long, string)>();
        for (long after = 0, before = -1; after != before;)
        {
            var page = await Tenant.Http.ReadAsync($"/v1/rooms/{Room}/messages?after_seq={after}&limit=100");
            Assert.Equal(200, page.Status);
            before = after;
            foreach (var entry in page["data"].EnumerateArray())
            {
                after = entry.GetProperty("seq").GetInt64();
                log.Add((after, entry.GetProperty("id").GetString()!));
            }
        }
        return log;
    }

    /// <summary>All that the event log has after a cursor: how much of it are messages, and where to go on.</summary>
    public async Task<(int Messages, string? Cursor, string? Epoch)> EventsAsync(string? cursor)
    {
        var messages = 0;
        string? epoch = null;
        for (var more = true; more;)
        {
            var page = await Tenant.Http.ReadAsync($"/v1/events?limit=100{(cursor is null ? "" : $"&after={cursor}")}");
            Assert.Equal(200, page.Status);
            messages += page["data"].EnumerateArray().Count(e => e.GetProperty("type").GetString() == "message.created");
            epoch = page["epoch"].GetString();
            cursor = page["next_cursor"].GetString();
            more = page["has_more"].GetBoolean();
        }
        return (messages, cursor, epoch);
    }

    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
