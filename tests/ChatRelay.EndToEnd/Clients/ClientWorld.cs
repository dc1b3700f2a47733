using System.Text;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>Two nodes on one database with a proxy before each; the second can be stopped and started.</summary>
internal sealed class ClientNodes : IAsyncDisposable
{
    private static readonly (string, string)[] Settings =
    [
        ("CHATRELAY_USER_RATE_PER_S", "100000"), ("CHATRELAY_USER_RATE_BURST", "100000"), ("CHATRELAY_SOCKET_OPS_PER_S", "1000"), ("CHATRELAY_SOCKET_OPS_BURST", "1000"),
        ("CHATRELAY_SOCKET_BUFFER_BYTES", "65536"), ("CHATRELAY_SOCKET_PING", "1s"), ("CHATRELAY_SOCKET_PONG", "1s"),
    ];

    private RelayHost second;

    private ClientNodes(RelayHost first, RelayHost second, TenantAccess tenant) => (First, this.second, Tenant, Proxies) = (first, second, tenant, [new(Place(first)), new(Place(second))]);

    public RelayHost First { get; }
    public TenantAccess Tenant { get; }
    public ChaosProxy[] Proxies { get; }
    public IReadOnlyList<Uri> Addresses => [.. Proxies.Select(p => new Uri($"http://127.0.0.1:{p.Port}"))];

    public static async Task<ClientNodes> StartAsync()
    {
        var first = await RelayHost.StartAsync(null, null, Settings);
        return new(first, await RelayHost.StartAsync(first.Database, first.Folder, Settings), await first.NewTenantAsync());
    }

    /// <summary>It goes as a node goes that is told to end, and comes back at the same address.</summary>
    public async Task RestartSecondAsync()
    {
        await second.DisposeAsync();
        second = await RelayHost.StartAsync(First.Database, First.Folder, Settings);
        Proxies[1].LeadTo(Place(second));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in Proxies) await proxy.DisposeAsync();
        await second.DisposeAsync();
        await First.DisposeAsync();
    }

    private static string Place(RelayHost node) => $"Host=127.0.0.1;Port={node.Address.Port}";
}

/// <summary>One seeded world: a user's client, rooms, and what befalls them.</summary>
internal sealed class ClientWorld(ClientNodes nodes, ModelClient client, string transport, int seed)
{
    private const int Rooms = 3, Steps = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Random chance = new(seed);
    private readonly Dictionary<string, ModelRoom> rooms = [];
    private readonly Dictionary<string, long> begun = [];
    private readonly Dictionary<string, (string Room, long? Acknowledged)> sent = [];
    private readonly List<string> steps = [], wrong = [];
    private readonly string user = $"ann-{transport}-{seed}-{Guid.NewGuid():n}";
    private bool slow, restarted, halved;
    private int said;

    public async Task RunAsync()
    {
        for (var n = 0; n < Rooms; n++)
        {
            var made = await Http.SendAsync("/v1/rooms", new { retention_days = 30, members = new[] { new { user }, new { user = "bob" } } });
            rooms[made.Id] = new(made.Id);
        }
        await client.StartAsync(nodes.Addresses, await TokenAsync(), [.. rooms.Keys], transport);
        await UntilAsync(line => line is { Saw: "state", State: "open" }, Patience, () => "the client never opened");
        foreach (var room in rooms.Keys) begun[room] = (await Http.ReadAsync($"/v1/rooms/{room}/messages"))["head"].GetInt64();
        try
        {
            for (var step = 0; step < Steps; step++) await StepAsync();
            await EndAsync();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"CHATRELAY_CLIENT_SEED={seed}, {string.Join(", ", steps)}: {e.Message}", e);
        }
    }

    private HttpClient Http => nodes.Tenant.Http;

    private string Some() => rooms.Keys.ElementAt(chance.Next(rooms.Count));

    private async Task<string> TokenAsync() => (await Http.SendAsync("/v1/tokens", new { user, ttl_s = 3600 }))["token"].GetString()!;

    private async Task StepAsync()
    {
        var room = Some();
        for (var n = chance.Next(4); n > 0; n--) await SendAsync(Some());
        switch (chance.Next(10))
        {
            case 0:
                await DoAsync("post", () => PostAsync(room, chance.Next(1, 4), 10));
                break;
            case 1 or 2:
                await DoAsync("many", () => PostAsync(room, chance.Next(60, 140), 1_000));
                break;
            case 3 when !restarted:
                restarted = true;
                await DoAsync("restart", nodes.RestartSecondAsync);
                break;
            case 4 when !halved:
                halved = true; // noticed by the ping that does not come: some seconds
                await DoAsync("half", () => ToAll(p => p.HalveAll()));
                break;
            case 5:
                await DoAsync("away", AwayAsync);
                break;
            case 6:
                slow = !slow;
                await DoAsync(slow ? "slow" : "quick", () => client.SlowAsync(slow));
                break;
            case 7:
                await DoAsync("token", async () => await client.TokenAsync(await TokenAsync()));
                break;
            case 8:
                await DoAsync("retire", () => RetireAsync(room));
                break;
            case 9:
                await DoAsync("renew", () => RenewAsync(room));
                break;
            default:
                await DoAsync("cut", () => ToAll(p => p.CutAll()));
                break;
        }
        await PostAsync(Some(), chance.Next(1, 4), 10);
        Look();
    }

    private Task DoAsync(string name, Func<Task> what)
    {
        steps.Add(name);
        return what();
    }

    private Task ToAll(Action<ChaosProxy> what)
    {
        foreach (var proxy in nodes.Proxies) what(proxy);
        return Task.CompletedTask;
    }

    private async Task SendAsync(string room)
    {
        var id = $"c-{seed}-{++said}";
        sent[id] = (room, null);
        await client.SendAsync(room, $"mine {said}", id);
    }

    private async Task PostAsync(string room, int many, int size)
    {
        var messages = Enumerable.Range(0, many).Select(_ => new { from = "bob", body = new { text = $"{++said} {new string('x', size)}" } });
        var posted = await Http.SendAsync($"/v1/rooms/{room}/messages/batch", new { messages = messages.Take(100) });
        Assert.True(posted.Status == 200, posted.ToString());
    }

    // One node is out of reach for a while: whoever was there goes to the other.
    private async Task AwayAsync()
    {
        var proxy = nodes.Proxies[chance.Next(2)];
        proxy.Refusing = true;
        await PostAsync(Some(), 2, 10);
        await SendAsync(Some());
        proxy.Refusing = false;
    }

    private async Task RetireAsync(string room)
    {
        Assert.True(RelayId.TryParse<RoomId>(room, out var id));
        await nodes.First.SqlAsync("update relay.entries set created_at = created_at - interval '40 days' where room_id = $1", id.Value);
        await nodes.First.Services.GetRequiredService<RoomUpkeep>().RetireAsync(CancellationToken.None);
    }

    // What a restored database leaves: nothing, under another epoch.
    private async Task RenewAsync(string room)
    {
        Assert.True(RelayId.TryParse<RoomId>(room, out var id));
        rooms[room].Renewed++;
        await nodes.First.SqlAsync("""
            with gone as (delete from relay.entries where room_id = $1)
            update relay.room_heads set epoch = (random() * 1e15)::bigint, head = 0, messages = 0, first = 1 where room_id = $1
            """, id.Value);
        await nodes.First.SqlAsync("update relay.room_members set since = 0, read = 0, read_messages = 0 where room_id = $1", id.Value);
    }

    private async Task EndAsync()
    {
        slow = false;
        await client.SlowAsync(false);
        await UntilAsync(_ => sent.Values.All(s => s.Acknowledged is not null), Patience, () => $"not acknowledged: {string.Join(", ", sent.Where(s => s.Value.Acknowledged is null).Select(s => s.Key))}");

        // Where numbers began anew the client begins at some head, perhaps behind the last message: it is said again until it is seen. Nothing comes after it.
        var (left, end, started) = (rooms.Keys.ToDictionary(room => room, _ => 0L), $"end {seed}", TimeProvider.System.GetTimestamp());
        while (left.Count > 0)
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) throw new TimeoutException($"no end in {string.Join(", ", left.Keys)}");
            foreach (var room in left.Keys.ToList()) left[room] = (await Http.SendAsync($"/v1/rooms/{room}/messages", new { from = "bob", body = new { text = end } }))["seq"].GetInt64();
            await UntilAsync(line => line is { Saw: "message" } && line.Text == end && left.TryGetValue(line.Room!, out var last) && line.Seq >= last && left.Remove(line.Room!) && left.Count == 0, TimeSpan.FromSeconds(4));
        }
        Look();
        foreach (var room in rooms.Values) await room.CompareAsync(Http, begun[room.Id], sent.Where(s => s.Value.Room == room.Id).ToDictionary(s => s.Key, s => s.Value.Acknowledged!.Value));
    }

    private void Look()
    {
        while (client.Lines.TryRead(out var line)) Take(line);
    }

    /// <summary>Takes lines until one does it, or the time is over: then it fails, if there are words for it.</summary>
    private async Task UntilAsync(Func<ModelLine?, bool> enough, TimeSpan patience, Func<string>? otherwise = null)
    {
        using var late = new CancellationTokenSource(patience, TimeProvider.System);
        try
        {
            for (ModelLine? line = null; !enough(line); Take(line)) line = await client.Lines.ReadAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            if (otherwise is not null) throw new TimeoutException(otherwise());
        }
    }

    private void Take(ModelLine line)
    {
        var fault = line.Saw switch
        {
            "message" or "reset" => rooms[line.Room!].Take(line),
            "sent" when sent[line.Id!].Acknowledged is not null => $"{line.Id} acknowledged twice",
            "refused" => $"{line.Id} was refused: {line.Code}",
            "error" => line.Text,
            "state" when line.State == "closed" => "closed",
            _ => null,
        };
        if (line.Saw == "sent") sent[line.Id!] = (sent[line.Id!].Room, line.Seq);
        if (fault is not null) throw new InvalidOperationException(fault);
    }
}
