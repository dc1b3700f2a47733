using ChatRelay.ApiKeys;
using ChatRelay.Http.Document;
using ChatRelay.Outbound;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using ChatRelay.TestKit.Document;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ChatRelay.TestKit;

/// <summary>A whole node in this process, on a real port and a database of its own.</summary>
internal sealed class RelayHost : IAsyncDisposable
{
    private readonly RelayDatabase database;
    private readonly Prepared.Ready parts;
    private readonly WebApplication app;
    private readonly bool ownsDatabase;
    private readonly string folder;
    private readonly Lazy<ApiAnswers> answers;
    private TimeSpan passed;

    private RelayHost(RelayDatabase database, bool ownsDatabase, Prepared.Ready parts, WebApplication app, string folder, LogLines log)
    {
        (this.database, this.ownsDatabase, this.parts, this.app, this.folder) = (database, ownsDatabase, parts, app, folder);
        Warnings = log.Written;
        answers = new(() => ApiAnswers.Of(Services.GetRequiredService<ApiDocument>().Json.Span));
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        OperatorKey = File.ReadAllText(Path.Combine(folder, FirstOperatorKey.FileName)).Trim();
        Operator = Client(OperatorKey);
        Anonymous = Client(null);
    }

    /// <summary>What the document allows this node to answer.</summary>
    public ApiAnswers Answers => answers.Value;

    public Uri Address { get; }

    /// <summary>What the node has logged, from warnings on.</summary>
    public IReadOnlyCollection<string> Warnings { get; }

    /// <summary>All that it logs from now on, down to traces; what is printed stays as it is.</summary>
    public IReadOnlyCollection<string> Overhear()
    {
        var all = new LogLines(LogLevel.Trace);
        Services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>().CurrentValue.Rules.Add(new(typeof(LogLines).FullName, null, LogLevel.Trace, null));
        Services.GetRequiredService<ILoggerFactory>().AddProvider(all);
        return all.Written;
    }

    public IServiceProvider Services => app.Services;
    public RelayDatabase Database => database;
    public string Folder => folder;
    public string OperatorKey { get; }

    /// <summary>Speaks with the first operator's key.</summary>
    public HttpClient Operator { get; }
    public HttpClient Anonymous { get; }

    /// <summary>Another node on the same database shares its folder: ring and operator's key.</summary>
    public static Task<RelayHost> StartAsync(RelayDatabase? on = null, string? inFolder = null, params (string Name, string Value)[] settings) =>
        StartAsync(on, inFolder, null, null, settings);

    /// <summary>The same, with something else in the place of one of its parts.</summary>
    public static Task<RelayHost> StartChangedAsync(RelayDatabase? on, string? inFolder, Action<IServiceCollection> change, params (string Name, string Value)[] settings) =>
        StartAsync(on, inFolder, null, change, settings);

    /// <summary>A node that asks this for the addresses of names.</summary>
    public static Task<RelayHost> StartResolvingAsync(ResolveName resolve, params (string Name, string Value)[] settings) =>
        StartAsync(null, null, null, services => services.AddSingleton(resolve), settings);

    /// <summary>A node that reaches its database through a proxy that can fail.</summary>
    public static Task<RelayHost> StartThroughAsync(RelayDatabase on, ChaosProxy proxy, params (string Name, string Value)[] settings) =>
        StartAsync(on, null, proxy, null, settings);

    private static async Task<RelayHost> StartAsync(RelayDatabase? on, string? inFolder, ChaosProxy? proxy, Action<IServiceCollection>? change, (string Name, string Value)[] settings)
    {
        var database = on ?? await RelayDatabase.CreateAsync();
        var folder = inFolder ?? Directory.CreateTempSubdirectory("chatrelay-host-").FullName;
        var texts = new Dictionary<string, string>
        {
            ["CHATRELAY_DATA"] = folder,
            ["CHATRELAY_RATE_PER_S"] = "1000000", // tests of limits set their own
            ["CHATRELAY_RATE_BURST"] = "1000000",
            ["CHATRELAY_FAILED_KEYS_PER_MINUTE"] = "100000",
            ["CHATRELAY_RECIPIENT_PER_HOUR"] = "0",
            ["CHATRELAY_RECIPIENT_PER_DAY"] = "0",
        };
        foreach (var (name, value) in settings) texts[name] = value;
        var shared = inFolder is not null || texts["CHATRELAY_DATA"] != folder;
        folder = texts["CHATRELAY_DATA"];
        var reading = SettingsReader.Read(AllOptions.Catalog, SettingsSource.From(texts));
        var read = reading.Good ? reading.Settings : throw new InvalidOperationException(string.Join('\n', reading.Faults));
        read = read.With(proxy is null ? database.Options : database.OptionsThrough(proxy)).With(read.Of<ServerOptions>() with { Port = 0 });

        var prepared = await RelayApp.PrepareAsync(read, TimeProvider.System, CancellationToken.None);
        var parts = prepared as Prepared.Ready ?? throw new InvalidOperationException(((Prepared.Refused)prepared).Line);
        if (shared) parts = parts with { Node = parts.Node with { Name = $"{parts.Node.Name}-{parts.Node.Incarnation:n}" } };
        var log = new LogLines(LogLevel.Warning);
        var app = RelayApp.Build(read, parts, TimeProvider.System, builder =>
        {
            builder.Logging.AddProvider(log);
            change?.Invoke(builder.Services);
        });
        await app.StartAsync();
        return new RelayHost(database, on is null, parts, app, folder, log);
    }

    public HttpClient Client(string? key)
    {
        // Connections of tests that end must not be reused by later ones on another host of the same port.
        var client = new HttpClient(new CheckedAnswers(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false, MaxConnectionsPerServer = 512 }, answers)) { BaseAddress = Address };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    /// <summary>A tenant with a live key that has every scope.</summary>
    public Task<TenantAccess> NewTenantAsync(string name = "Acme") => TenantAccess.MakeAsync(this, name);

    /// <summary>Lets time pass for everything: due times, leases, expiries, and the clock of this node.</summary>
    public async Task TimePasses(TimeSpan more)
    {
        passed += more;
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        // A heartbeat that was just now stays just now: only what is written down as a time of work passes.
        await using var command = new NpgsqlCommand($"""
            create or replace function relay.now() returns timestamptz language sql stable
              as 'select pg_catalog.now() + interval ''{passed.TotalMilliseconds:0} milliseconds''';
            update relay.nodes set seen_at = seen_at + interval '{more.TotalMilliseconds:0} milliseconds' where ended_at is null;
            """, owner);
        await command.ExecuteNonQueryAsync();
        await Services.GetRequiredService<NodeHeartbeat>().BeatAsync(CancellationToken.None);
    }

    /// <summary>Plain SQL as the owner, to look or to break things.</summary>
    public async Task<object?> SqlAsync(string sql, params object[] parameters)
    {
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand(sql, owner);
        foreach (var parameter in parameters) command.Parameters.AddWithValue(parameter);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        Anonymous.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        await parts.Databases.DisposeAsync();
        if (!ownsDatabase) return;
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
