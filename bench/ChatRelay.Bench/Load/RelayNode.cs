using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.ApiKeys;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;
using Npgsql;

namespace ChatRelay.Bench.Load;

/// <summary>A node of the relay under load: its process, its database, a tenant's key, and a look behind it.</summary>
internal sealed class RelayNode : IAsyncDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly NpgsqlDataSource owner;
    private readonly List<ServerProcess> others = [];
    private readonly List<ScratchFolder> folders = [];

    private RelayNode(RelayDatabase database) => (Database, owner) = (database, NpgsqlDataSource.Create(database.ConnectionString));

    public RelayDatabase Database { get; }
    public ServerProcess Process { get; private set; } = null!;
    public HttpClient Http { get; private set; } = null!;
    public string Key { get; private set; } = "";

    /// <summary>With `own`, what this program serves under that name instead of the product's own main.</summary>
    public static async Task<RelayNode> StartAsync(string? own, (string Name, string? Value)[] settings, CancellationToken ct)
    {
        var node = new RelayNode(await RelayDatabase.CreateAsync());
        var all = node.SettingsWith(settings);
        node.Process = own is null
            ? await ServerProcess.RelayAsync(node.folder.Path, all, ct)
            : await BenchServers.OwnAsync(own, "/health/ready", [("CHATRELAY_DATA", node.folder.Path), .. all], ct);
        node.Http = new HttpClient { BaseAddress = node.Process.Address, Timeout = TimeSpan.FromMinutes(2) };
        node.Key = await node.NewTenantAsync(ct);
        node.Http.DefaultRequestHeaders.Authorization = new("Bearer", node.Key);
        return node;
    }

    /// <summary>The PostgreSQL that it stands on; 0 where that is on another machine.</summary>
    public int Postmaster { get; private set; }

    public async Task FindPostmasterAsync(CancellationToken ct) => Postmaster = PostgresCpu.PostmasterOf(await SqlAsync<int>("select pg_backend_pid()", ct));

    /// <summary>All processes that serve it, this one first.</summary>
    public IReadOnlyList<ServerProcess> Processes => [Process, .. others];

    /// <summary>A further node on the same database, with the same ring and operator's key.</summary>
    public async Task AddNodeAsync((string Name, string? Value)[] settings, CancellationToken ct)
    {
        var place = new ScratchFolder();
        folders.Add(place);
        foreach (var file in (string[])["keyring.json", FirstOperatorKey.FileName]) File.Copy(Path.Combine(folder.Path, file), Path.Combine(place.Path, file));
        others.Add(await ServerProcess.RelayAsync(place.Path, SettingsWith(settings), ct));
    }

    private (string Name, string? Value)[] SettingsWith((string Name, string? Value)[] settings) =>
    [
        ("CHATRELAY_DATABASE", Database.Logins.Owner), ("CHATRELAY_DATABASE_ENGINE", Database.Logins.Engine), ("CHATRELAY_DATABASE_REQUEST", Database.Logins.Request),
        ("CHATRELAY_RATE_PER_S", "1000000"), ("CHATRELAY_RATE_BURST", "1000000"), ("CHATRELAY_RECIPIENT_PER_HOUR", "0"), ("CHATRELAY_RECIPIENT_PER_DAY", "0"), .. settings,
    ];

    public async Task<T> SqlAsync<T>(string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = owner.CreateCommand(sql);
        command.CommandTimeout = 300;
        foreach (var parameter in parameters) command.Parameters.AddWithValue(parameter);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<string> OperatorKeyAsync(CancellationToken ct) => (await File.ReadAllTextAsync(Path.Combine(folder.Path, FirstOperatorKey.FileName), ct)).Trim();

    /// <summary>Its key.</summary>
    public async Task<string> NewTenantAsync(CancellationToken ct)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/v1/tenants") { Content = JsonContent.Create(new { name = "Bench" }) };
        asked.Headers.Authorization = new("Bearer", await OperatorKeyAsync(ct));
        using var answer = (await Http.SendAsync(asked, ct)).EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("api_key").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        foreach (var other in others) await other.DisposeAsync();
        if (Process is not null) await Process.DisposeAsync();
        await owner.DisposeAsync();
        await Database.DisposeAsync();
        folder.Dispose();
        foreach (var place in folders) place.Dispose();
    }
}
