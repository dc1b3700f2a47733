using ChatRelay.ApiKeys;
using ChatRelay.Channels;
using ChatRelay.Console;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Document;
using ChatRelay.Http.Pipeline;
using ChatRelay.Inbound;
using ChatRelay.Inbox;
using ChatRelay.Jobs;
using ChatRelay.Messages;
using ChatRelay.Notifications;
using ChatRelay.Operations;
using ChatRelay.Operations.Alerts;
using ChatRelay.Operations.Otlp;
using ChatRelay.Outbound;
using ChatRelay.Presence;
using ChatRelay.Providers;
using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.Storage.Nodes;
using ChatRelay.Suppressions;
using ChatRelay.Telemetry;
using ChatRelay.Tenants;
using ChatRelay.Tenants.SigningKeys;
using ChatRelay.Users;
using ChatRelay.UserTokens;
using ChatRelay.Webhooks;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ChatRelay;

/// <summary>What a node is made of: one AddX() and one MapX() a folder.</summary>
internal static class RelayApp
{
    /// <summary>Everything that must hold before a node may serve: sessions, the ring, a durable database, the schema, an operator's key.</summary>
    public static async Task<Prepared> PrepareAsync(RelaySettings settings, TimeProvider machine, CancellationToken ct)
    {
        var (database, server) = (settings.Of<DatabaseOptions>(), settings.Of<ServerOptions>());
        var place = new KeyRingPlace(server.DataFolder, settings.Of<SecretsOptions>().KeyRing);

        // 1. A session that is one; the ring, before anything is done with it: the roles' passwords come from it.
        if (await SessionCheck.FaultAsync(database, ct) is { } pooled) return new Prepared.Refused(pooled);
        RingFound found;
        await using (var owner = new NpgsqlConnection(database.Owner!.ConnectionString))
        {
            await owner.OpenAsync(ct);
            await DatabasePlace.RefuseStandbyAsync(owner, ct);
            if (await RestoreMark.StandsAsync(owner, ct))
                return new Prepared.Refused("A backup was being restored into this database and did not end: make the database anew, and restore again.");
            found = await KeyRingGate.PassAsync(owner, place, Chance.Secure, ct);
        }
        if (found is not RingFound.Here { Ring: var ring }) return new Prepared.Refused(((RingFound.Refused)found).Line);

        // 2. What a COMMIT is worth here.
        var databases = new Databases(DatabaseLogins.From(database.Owner, database, ring.PasswordOf));
        var durability = await CommitDurability.DetectAsync(databases.Owner, ct);
        if (durability.Fault(database.Durability == Durability.Provider) is { } fault) return await RefuseAsync(fault);

        // 3. The schema, and the first operator's key under the same lock.
        var schema = await new SchemaMigrations(databases, NullLogger<SchemaMigrations>.Instance).RunAsync(
            async (owner, stop) =>
            {
                await DatabaseIdentity.EnsureAsync(owner, stop);
                await FirstOperatorKey.EnsureAsync(owner, settings.Of<OperatorOptions>(), server.DataFolder, Chance.Secure, machine.GetUtcNow(), stop);
            }, ct);
        return schema is SchemaOutcome.Refused { Why: var why }
            ? await RefuseAsync(why)
            : new Prepared.Ready(databases, new LiveKeyRing(ring, place), durability, ThisNodeFile.Read(settings));

        async Task<Prepared> RefuseAsync(string line)
        {
            await databases.DisposeAsync();
            return new Prepared.Refused(line);
        }
    }

    public static WebApplication Build(RelaySettings settings, Prepared.Ready ready, TimeProvider machine, Action<WebApplicationBuilder>? change = null)
    {
        var server = settings.Of<ServerOptions>();
        // Nothing of the framework's own configuration: no appsettings.json of whatever folder we were started in, and no watcher over it.
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddRelayLog(settings.Of<LogOptions>(), machine);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Serve(server));
        builder.Services.Configure<SocketTransportOptions>(transport => transport.Bound());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Of<DeliveryOptions>().Drain + TimeSpan.FromSeconds(5));
        settings.AddTo(builder.Services);
        AddAll(builder.Services, server, settings.Of<DatabaseOptions>(), ready, machine);
        change?.Invoke(builder);

        var app = builder.Build();
        app.UseMiddleware<EveryAnswer>();
        app.UseDocumentPage();
        app.UsePreflights();
        app.UseRouting();
        app.UseCrossOrigin();
        app.UseMiddleware<KnownRoutes>();
        app.UseMiddleware<Authentication>();
        app.UseMiddleware<ConsoleDoor>();
        MapAll(app);
        return app;
    }

    private static void AddAll(IServiceCollection services, ServerOptions server, DatabaseOptions database, Prepared.Ready ready, TimeProvider machine)
    {
        services
            .AddSingleton(ready.Databases)
            .AddSingleton(ready.Durability)
            .AddSingleton(ready.Node)
            .AddSingleton(ready.Ring)
            .AddSingleton(new RelayClock(machine))
            .AddSingleton<TimeProvider>(s => s.GetRequiredService<RelayClock>())
            .AddSingleton(Chance.Secure)
            .AddSingleton<Tracing>()
            .AddHostedService(s => s.GetRequiredService<OtlpExport>()) // first: what stops last
            .AddStorage()
            .AddSecrets()
            .AddHttp(ready.Ring)
            .AddDocument()
            .AddOutbound()
            .AddEvents()
            .AddJobs()
            .AddTenants()
            .AddSigningKeys()
            .AddApiKeys()
            .AddUserTokens()
            .AddUsers()
            .AddProviders()
            .AddChannels()
            .AddSuppressions()
            .AddDeliveries(server)
            .AddNotifications(server)
            .AddInbound()
            .AddWebhooks(server)
            .AddRealtime(server, database)
            .AddRooms(server)
            .AddMessages(server)
            .AddPresence(server)
            .AddInbox(server)
            .AddOperations()
            .AddAlerts(server)
            .AddConsole();
        if (server.Has(Role.Upkeep)) services.RunJobs();
    }

    private static void MapAll(WebApplication app)
    {
        app.MapOperations();
        app.MapDocument();
        app.MapConsole();
        var roles = app.Services.GetRequiredService<ServerOptions>();
        if (roles.Has(Role.Realtime)) app.MapGroup("/v1").AddEndpointFilter<RefusesFirst>().MapRealtime();
        MapApi(app.Services.GetRequiredService<ApiRoutes>());
        if (!roles.Has(Role.Api)) return;
        app.Services.GetRequiredService<ApiRoutes>().ServeOn(app);
        app.MapUnsubscribe();
        app.MapWebhookPages();
    }

    private static void MapApi(ApiRoutes routes)
    {
        var v1 = routes.MapGroup("/v1").AddEndpointFilter<RefusesFirst>();
        v1.MapTenants();
        v1.MapSigningKeys();
        v1.MapApiKeys();
        v1.MapUserTokens();
        v1.MapUsers();
        v1.MapEvents();
        v1.MapJobs();
        v1.MapProviders();
        v1.MapChannels();
        v1.MapSuppressions();
        v1.MapNotifications();
        v1.MapInbound();
        v1.MapWebhooks();
        v1.MapRooms();
        v1.MapMessages();
        v1.MapPresence();
        v1.MapInbox();
        v1.MapPause();
        AlertEndpoints.Map(v1);
    }
}

/// <summary>Whether a node may be built, and from what.</summary>
internal abstract record Prepared
{
    private Prepared() { }

    public sealed record Ready(Databases Databases, LiveKeyRing Ring, CommitDurability Durability, ThisNode Node) : Prepared;

    /// <summary>One line for the operator.</summary>
    public sealed record Refused(string Line) : Prepared;
}
