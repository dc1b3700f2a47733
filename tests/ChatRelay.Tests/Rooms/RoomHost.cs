using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Rooms;

/// <summary>One node for a class of tests; each test has a tenant of its own.</summary>
public sealed class RoomFixture : IAsyncLifetime
{
    internal RoomHost Rooms { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Rooms = await RoomHost.StartAsync();
    public ValueTask DisposeAsync() => Rooms.DisposeAsync();
}

/// <summary>A node with a tenant, and short ways into its rooms.</summary>
internal sealed class RoomHost : IAsyncDisposable
{
    private RoomHost(RelayHost host, TenantAccess tenant) => (Host, Tenant) = (host, tenant);

    public RelayHost Host { get; }
    public TenantAccess Tenant { get; }
    public HttpClient Http => Tenant.Http;

    public static async Task<RoomHost> StartAsync(params (string Name, string Value)[] settings)
    {
        var host = await RelayHost.StartAsync(null, null, [("CHATRELAY_USER_RATE_PER_S", "100000"), ("CHATRELAY_USER_RATE_BURST", "100000"), .. settings]);
        return new(host, await host.NewTenantAsync());
    }

    public async Task<RoomHost> ForAnotherTenantAsync() => new(Host, await Host.NewTenantAsync());

    /// <summary>How many rows of a table are this tenant's.</summary>
    public async Task<long> CountAsync(string table, string what = "*")
    {
        Assert.True(RelayId.TryParse<TenantId>(Tenant.Id, out var wall));
        return (long)(await Host.SqlAsync($"select count({what}) from relay.{table} where tenant_id = $1", wall.Value))!;
    }

    /// <summary>Another node on this one's database, for the same tenant.</summary>
    public async Task<RoomHost> BesideAsync(params (string Name, string Value)[] settings) => Of(await RelayHost.StartAsync(Host.Database, Host.Folder, settings));

    /// <summary>The same tenant, as another node serves it.</summary>
    public RoomHost Of(RelayHost node) => new(node, new(Tenant.Id, Tenant.Key, node.Client(Tenant.Key), node));

    /// <summary>On a database that is there already; with the tenant that was made on it before, if there is one.</summary>
    public static async Task<RoomHost> OnAsync(RelayDatabase database, string folder, TenantAccess? known = null)
    {
        var host = await RelayHost.StartAsync(database, folder);
        return new(host, known is null ? await host.NewTenantAsync() : new(known.Id, known.Key, host.Client(known.Key), host));
    }

    /// <summary>A group with these members; the path of the room.</summary>
    public async Task<string> RoomAsync(object? settings = null, params string[] members)
    {
        var asked = System.Text.Json.JsonSerializer.SerializeToNode(settings ?? new { })!.AsObject();
        if (members.Length > 0) asked["members"] = System.Text.Json.JsonSerializer.SerializeToNode(members.Select(user => new { user }));
        var made = await Http.SendAsync("/v1/rooms", asked.ToJsonString());
        Assert.True(made.Status is 201 or 200, made.ToString());
        return $"/v1/rooms/{made.Id}";
    }

    public async Task<HttpClient> AsAsync(string user, object? rooms = null, string? device = null) => Host.Client(await TokenAsync(user, rooms, device));

    public async Task<string> TokenAsync(string? user, object? rooms = null, string? device = null, int ttl = 3600) =>
        (await Http.SendAsync("/v1/tokens", new Dictionary<string, object?> { ["user"] = user, ["rooms"] = rooms, ["device"] = device, ["ttl_s"] = ttl }.Where(p => p.Value is not null).ToDictionary()))["token"].GetString()!;

    /// <summary>Many messages at once.</summary>
    public async Task FillAsync(string room, int count)
    {
        foreach (var some in Enumerable.Range(0, count).Chunk(100))
        {
            var said = await Http.SendAsync($"{room}/messages/batch", new { messages = some.Select(n => new { from = "bob", body = new { text = $"{n}" } }) });
            Assert.True(said.Status == 200, $"{said}");
        }
    }

    public async Task<Said> SayAsync(HttpClient by, string room, string text, object? more = null)
    {
        var body = System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        body["body"] = new System.Text.Json.Nodes.JsonObject { ["text"] = text };
        return await by.SendAsync($"{room}/messages", body.ToJsonString());
    }

    /// <summary>The log as `seq kind text`, skips as `from-to skip`.</summary>
    public static async Task<IReadOnlyList<string>> LogAsync(HttpClient by, string room, string query = "?after_seq=0&limit=200")
    {
        var said = await by.ReadAsync($"{room}/messages{query}");
        Assert.Equal(200, said.Status);
        return [.. said["data"].EnumerateArray().Select(Line)];
    }

    private static string Line(System.Text.Json.JsonElement entry)
    {
        var (seq, kind) = (entry.GetProperty("seq").GetInt64(), entry.GetProperty("kind").GetString());
        if (kind == "skip") return $"{seq}-{entry.GetProperty("to").GetInt64()} skip";
        var body = entry.GetProperty("body");
        var text = body.ValueKind != System.Text.Json.JsonValueKind.Object ? "" : body.TryGetProperty("text", out var said) ? $" {said.GetString()}"
            : body.TryGetProperty("state", out var state) ? $" {body.GetProperty("user").GetString()} {state.GetString()}" : "";
        return $"{seq} {kind}{text}{(entry.GetProperty("deleted").GetBoolean() ? " deleted" : "")}";
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
