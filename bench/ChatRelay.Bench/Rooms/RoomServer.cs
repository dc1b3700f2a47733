using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Bench.Rooms;

/// <summary>A server that has rooms, in a process of its own, and how one talks to it.</summary>
internal sealed class RoomServer(string name, ServerProcess process, Dialect dialect, IAsyncDisposable withIt) : IAsyncDisposable
{
    public const int MostRooms = 1_000;
    private const string Secret = "the shared secret of a benchmark's tenant";
    public const string Relay = "relay", SignalR = "SignalR, JSON", SocketIo = "socket.io", BareWs = "npm ws, bare", Nchan = "nchan";

    /// <summary>All of them, ours first, with so many rooms at most.</summary>
    public static readonly OrderedDictionary<string, Func<int, CancellationToken, Task<RoomServer>>> All = new()
    {
        [Relay] = RelayAsync,
        [SignalR] = (_, ct) => HubAsync(ct),
        [SocketIo] = (_, ct) => NodeAsync(SocketIo, "socket.io", new SocketIoDialect(), ct),
        [BareWs] = (_, ct) => NodeAsync(BareWs, "ws", new BareWsDialect(), ct),
        [Nchan] = (_, ct) => NchanAsync(ct),
    };

    public string Name => name;
    public ServerProcess Process => process;
    public Dialect Dialect => dialect;

    /// <summary>Where its nodes listen.</summary>
    public IReadOnlyList<int> Ports => withIt is RelayNode node ? [.. node.Processes.Select(p => p.Port)] : [process.Port];

    /// <summary>What all its nodes have used.</summary>
    public TimeSpan Cpu => withIt is RelayNode node ? TimeSpan.FromTicks(node.Processes.Sum(p => p.Cpu.Ticks)) : process.Cpu;

    /// <summary>What the PostgreSQL behind it has used, with all that others asked of it meanwhile.</summary>
    public TimeSpan DatabaseCpu => withIt is RelayNode node ? PostgresCpu.Of(node.Postmaster) : TimeSpan.Zero;

    // What a node protects itself with is not what is measured: it takes as many a second as come.
    private static async Task<RoomServer> RelayAsync(int rooms, CancellationToken ct)
    {
        var (node, tenant) = await NodeOfRelayAsync([], ct);
        var ids = new string[rooms];
        await Parallel.ForAsync(0, rooms, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct },
            async (n, stop) => ids[n] = (await PostAsync(node, "/v1/rooms", new { type = "channel", name = $"Room {n}" }, stop)).GetProperty("id").GetString()!);
        return new(Relay, node.Process, new RelayDialect(tenant, node.Key, Secret, ids), node);
    }

    /// <summary>The relay with one group of so many members, and a message in it that they can react to.</summary>
    public static async Task<(RoomServer Server, RelayDialect Dialect, string Message)> GroupAsync(int members, CancellationToken ct)
    {
        var (node, tenant) = await NodeOfRelayAsync([], ct);
        var room = (await PostAsync(node, "/v1/rooms", new { name = "Group", max_members = members }, ct)).GetProperty("id").GetString()!;
        foreach (var some in Enumerable.Range(0, members).Chunk(500))
        {
            using var added = (await node.Http.PostAsJsonAsync($"/v1/rooms/{room}/members/batch", new { members = some.Select(n => new { user = $"u{n}" }) }, ct)).EnsureSuccessStatusCode();
        }
        var message = (await PostAsync(node, $"/v1/rooms/{room}/messages", new { body = new { text = "React to this." } }, ct)).GetProperty("id").GetString()!;
        var dialect = new RelayDialect(tenant, node.Key, Secret, [room], members: true);
        return (new(Relay, node.Process, dialect, node), dialect, message);
    }

    /// <summary>So many nodes of the relay on one database, with one channel.</summary>
    public static async Task<RoomServer> ClusterAsync(string name, int nodes, (string Name, string? Value)[] settings, CancellationToken ct)
    {
        var (node, tenant) = await NodeOfRelayAsync(settings, ct);
        for (var n = 1; n < nodes; n++) await node.AddNodeAsync([.. Unbounded, .. settings], ct);
        await node.FindPostmasterAsync(ct);
        var room = (await PostAsync(node, "/v1/rooms", new { type = "channel", name = "Room" }, ct)).GetProperty("id").GetString()!;
        return new(name, node.Process, new RelayDialect(tenant, node.Key, Secret, [room]), node);
    }

    private static readonly (string, string?)[] Unbounded = [("CHATRELAY_ACCEPTS_PER_S", "1000000"), ("CHATRELAY_TENANT_ACCEPTS_PER_S", "1000000")];

    private static async Task<(RelayNode Node, string Tenant)> NodeOfRelayAsync((string Name, string? Value)[] settings, CancellationToken ct)
    {
        var node = await RelayNode.StartAsync(null, [.. Unbounded, .. settings], ct);
        var tenant = (await node.Http.GetFromJsonAsync<JsonElement>("/v1/tenant", ct)).GetProperty("id").GetString()!;
        await PostAsync(node, "/v1/signing-keys", new { algorithm = "HS256", kid = RelayDialect.Kid, secret = Secret }, ct);
        return (node, tenant);
    }

    private static async Task<JsonElement> PostAsync(RelayNode node, string path, object body, CancellationToken ct)
    {
        using var answer = (await node.Http.PostAsJsonAsync(path, body, ct)).EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
    }

    private static async Task<RoomServer> HubAsync(CancellationToken ct)
    {
        var server = await BenchServers.OwnAsync(RoomHub.Name, "/", [], ct);
        return new(SignalR, server, new HubDialect(), server);
    }

    private static async Task<RoomServer> NodeAsync(string name, string peer, Dialect dialect, CancellationToken ct)
    {
        var server = await BenchServers.NodeAsync(["rooms.mjs", peer], "", ct);
        return new(name, server, dialect, server);
    }

    private static async Task<RoomServer> NchanAsync(CancellationToken ct)
    {
        var server = await NchanServer.StartAsync(ct);
        return new(Nchan, server.Process, new NchanDialect(), server);
    }

    public ValueTask DisposeAsync() => withIt.DisposeAsync();
}
