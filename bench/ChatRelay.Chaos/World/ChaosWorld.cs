using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.ApiKeys;
using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Chaos.World;

/// <summary>What a scenario stands on.</summary>
/// <param name="Disk">the size of a disk of its own for the database, where mounting is allowed; 0: none</param>
/// <param name="Settings">for every node</param>
internal sealed record WorldPlan(IReadOnlyList<NodePlan> Nodes, int Tenants = 1, long Disk = 0, params (string Name, string Value)[] Settings);

/// <summary>A tenant of the run.</summary>
internal sealed record ChaosTenant(string Id, string Key);

/// <summary>PostgreSQL, nodes with a proxy each, and tenants: real processes in a folder, found again by a run that goes on.</summary>
internal sealed class ChaosWorld : IAsyncDisposable
{
    private readonly string folder;

    private ChaosWorld(string folder, SmallDisk? disk, ChaosPostgres postgres, IReadOnlyList<ChaosNode> nodes)
    {
        (this.folder, Disk, Postgres, Nodes) = (folder, disk, postgres, nodes);
        Owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres.Login) { CommandTimeout = 300, ApplicationName = "chaos" });
    }

    public SmallDisk? Disk { get; }
    public ChaosPostgres Postgres { get; }
    public IReadOnlyList<ChaosNode> Nodes { get; }
    public IReadOnlyList<ChaosTenant> Tenants { get; private set; } = [];

    /// <summary>The owner's own way to the database, past the proxies: for looking only.</summary>
    public NpgsqlDataSource Owner { get; }

    public string OperatorKey => File.ReadAllText(Path.Combine(Nodes[0].Folder, FirstOperatorKey.FileName)).Trim();

    public static async Task<ChaosWorld> StartAsync(string folder, WorldPlan plan, Action<string> say, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var disk = plan.Disk == 0 ? null : await SmallDisk.TryMountAsync(SmallDisk.ImageIn(folder), Path.Combine(folder, "disk"), plan.Disk);
        if (plan.Disk > 0 && disk is null) say("No loop mount is allowed here: the disk will not be full.");
        var postgres = await ChaosPostgres.StartAsync(Path.Combine(disk?.Folder ?? folder, "database"), say, ct);
        var nodes = plan.Nodes.Select(node => new ChaosNode(
            node, Path.Combine(folder, node.Name), Path.Combine(folder, node.Name + ".log"), new ChaosProxy(postgres.Login), self => SettingsOf(plan, self, postgres), say)).ToArray();
        var world = new ChaosWorld(folder, disk, postgres, nodes);

        nodes[0].Start(); // it makes the key ring and the operator's key, which the others share
        await nodes[0].ReadyAsync(ct);
        foreach (var other in nodes[1..])
        {
            foreach (var file in (string[])["keyring.json", FirstOperatorKey.FileName]) File.Copy(Path.Combine(nodes[0].Folder, file), Path.Combine(other.Folder, file), overwrite: true);
            if (!other.Plan.Later) other.Start();
        }
        foreach (var other in nodes[1..].Where(other => !other.Plan.Later)) await other.ReadyAsync(ct);
        world.Tenants = await world.TenantsAsync(plan.Tenants, ct);
        return world;
    }

    /// <summary>Everything works again: disk, database, proxies, nodes.</summary>
    public async Task MendAsync(CancellationToken ct)
    {
        Disk?.Free();
        Postgres.StartAgain();
        await Postgres.RunningAsync(ct);
        foreach (var node in Nodes)
        {
            (node.Proxy.Refusing, node.Proxy.Stalled, node.Proxy.Delay, node.Proxy.AtNextCommit) = (false, false, TimeSpan.Zero, null);
            node.Thaw();
            node.Start();
        }
        foreach (var node in Nodes) await node.ReadyAsync(ct);
    }

    /// <summary>How many steps are under way; what an operator or a doubt holds, or is scheduled for later than this run, is left out.</summary>
    public async Task<long> WaitingAsync(CancellationToken ct) => await SqlAsync<long>("select count(*) from relay.queue where not held and due_at < relay.now() + interval '45 minutes'", ct);

    /// <summary>Back when nothing waits that has been due for some seconds: what is younger is traffic.</summary>
    public async Task CaughtUpAsync(TimeSpan most, CancellationToken ct)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (await SqlAsync<long>("select count(*) from relay.queue where not held and due_at < relay.now() - interval '3 seconds'", ct) > 0 && TimeProvider.System.GetElapsedTime(since) < most)
            await Task.Delay(500, ct);
    }

    /// <summary>Back when nothing waits at all, or with what is left after so long.</summary>
    public async Task<long> DrainedAsync(TimeSpan most, CancellationToken ct)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = await WaitingAsync(ct);
            if (left == 0 || TimeProvider.System.GetElapsedTime(since) > most) return left;
            await Task.Delay(200, ct);
        }
    }

    public async Task<T> SqlAsync<T>(string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = Owner.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.AddWithValue(parameter);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>A counter or gauge of a node, as its metrics page has it now; the sum over its labels.</summary>
    public async Task<double> MetricAsync(ChaosNode node, string name, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = node.Address, Timeout = TimeSpan.FromSeconds(10) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", OperatorKey);
        var page = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), ct);
        return page.Split('\n').Where(line => line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..]));
    }

    public HttpClient ClientOf(ChaosNode node, int tenant = 0)
    {
        var http = new HttpClient { BaseAddress = node.Address, Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Tenants[tenant].Key);
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.DisposeAsync();
        await Owner.DisposeAsync();
        await Postgres.DisposeAsync();
        if (Disk is not null) await Disk.DisposeAsync();
    }

    /// <summary>After a run that found nothing: its data is of no more use.</summary>
    public static void Forget(string folder)
    {
        foreach (var left in Directory.GetDirectories(folder)) Directory.Delete(left, recursive: true);
        File.Delete(SmallDisk.ImageIn(folder));
    }

    private static IEnumerable<(string, string?)> SettingsOf(WorldPlan plan, ChaosNode node, ChaosPostgres postgres) =>
    [
        ("CHATRELAY_ROLES", node.Plan.Roles), ("CHATRELAY_DATABASE", node.Proxy.Through(postgres.Login)), ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"),
        ("CHATRELAY_RATE_PER_S", "1000000"), ("CHATRELAY_RATE_BURST", "1000000"), ("CHATRELAY_RECIPIENT_PER_HOUR", "0"), ("CHATRELAY_RECIPIENT_PER_DAY", "0"), .. plan.Settings.Select(s => (s.Name, (string?)s.Value)),
    ];

    private async Task<IReadOnlyList<ChaosTenant>> TenantsAsync(int count, CancellationToken ct)
    {
        var file = Path.Combine(folder, "tenants.json");
        if (File.Exists(file)) return JsonSerializer.Deserialize<ChaosTenant[]>(await File.ReadAllTextAsync(file, ct))!;
        using var http = new HttpClient { BaseAddress = Nodes[0].Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", OperatorKey);
        var made = new List<ChaosTenant>();
        for (var n = 0; n < count; n++)
        {
            using var answer = (await http.PostAsJsonAsync(new Uri("/v1/tenants", UriKind.Relative), new { name = $"Tenant {n}" }, ct)).EnsureSuccessStatusCode();
            var tenant = await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
            made.Add(new(tenant.GetProperty("id").GetString()!, tenant.GetProperty("api_key").GetString()!));
        }
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(made), ct);
        return made;
    }
}
