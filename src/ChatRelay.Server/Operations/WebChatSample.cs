using System.Reflection;
using System.Text.Json.Nodes;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Http.Pipeline;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Operations;

/// <summary>
/// samples/web-chat, in development only: its files, and the small backend that every chat has behind it, which knows who somebody is and makes
/// tokens and rooms with the API. Here it takes everybody's word, so without CHATRELAY_DEVELOPMENT there is no such route.
/// </summary>
internal static class WebChatSample
{
    private const string At = "/samples/web-chat", Tenant = "samples.web-chat";
    private const string Client = "/src/chatrelay-js/src"; // where the page's modules find it beside them in the repository
    private const string Policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'";
    private static readonly string[] Rooms = ["ideas", "general"];

    /// <summary>Its two users.</summary>
    internal enum Person { Ann, Bob }

    public static void Map(IEndpointRouteBuilder app)
    {
        var options = app.ServiceProvider.GetRequiredService<ServerOptions>();
        if (!options.Development || !options.Has(Role.Api)) return;

        var sample = app.MapGroup(At).Open().ExcludeFromDescription();
        sample.MapGet("", (HttpContext http) => http.Request.Path.Value!.EndsWith('/') ? FileAsync(http, "web-chat/index.html") : LeadAsync(http));
        sample.MapGet("/{file}", (HttpContext http, string file) => FileAsync(http, $"web-chat/{file}"));
        app.MapGroup(Client).Open().ExcludeFromDescription().MapGet("/{file}", (HttpContext http, string file) => FileAsync(http, $"chatrelay-js/{file}"));
        var backend = sample.MapGroup("").AddEndpointFilter<RefusesFirst>();
        backend.MapPost("/session", SessionAsync).Reads<SessionInput>("""{"user":"ann"}""");
        backend.MapPost("/rooms", RoomAsync).Reads<NewRoomInput>("""{"name":"Holidays"}""");
        backend.MapPost("/nudge", NudgeAsync).Reads<NudgeInput>("""{"from":"ann","to":"bob"}""");
    }

    internal sealed record SessionInput
    {
        public required Person User { get; init; }

        [ExternalId]
        public string? Device { get; init; }
    }

    internal sealed record NewRoomInput
    {
        [Text(1, 60)]
        public required string Name { get; init; }
    }

    internal sealed record NudgeInput
    {
        public required Person From { get; init; }
        public required Person To { get; init; }
    }

    private static Task LeadAsync(HttpContext http)
    {
        http.Response.Redirect($"{At}/");
        return Task.CompletedTask;
    }

    private static async Task FileAsync(HttpContext http, string name)
    {
        await using var file = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        var type = Path.GetExtension(name) switch { ".html" => "text/html", ".css" => "text/css", ".js" => "text/javascript", _ => null };
        if (file is null || type is null)
        {
            await Problem.NotFound.ExecuteAsync(http);
            return;
        }
        http.Response.ContentType = $"{type}; charset=utf-8";
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.CacheControl = "no-cache";
        await file.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    /// <summary>A token for one of the two, and rooms to meet in: made at the first call, found at the others.</summary>
    private static async Task<IResult> SessionAsync(Body<SessionInput> body, HttpContext http, ApiRoutes routes, RelayDbs dbs, CalmWrites writes, RelayClock clock)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await CallerAsync(dbs, writes, clock, http.RequestAborted) is not { } backend) return Problem.Unavailable;

        foreach (var person in Enum.GetValues<Person>())
            if (await AskAsync("users.put", new() { ["user"] = Id(person) }, new() { ["display_name"] = person.ToString() }) is { Good: false } refused) return refused.ToResult();
        foreach (var room in Rooms)
            if (await AskAsync("rooms.put", new() { ["room"] = $"ext:{room}" }, RoomOf($"{char.ToUpperInvariant(room[0])}{room[1..]}", "group")) is { Good: false } refused) return refused.ToResult();
        if (await AskAsync("rooms.put", new() { ["room"] = "ext:sealed" }, RoomOf("Just us", "direct", isSealed: true)) is { Good: false } none) return none.ToResult();
        return (await AskAsync("tokens.mint", [], new() { ["user"] = Id(request.User), ["device"] = request.Device, ["ttl_s"] = 3_600 })).ToResult();

        Task<InnerAnswer> AskAsync(string operation, Dictionary<string, string> path, JsonObject input) =>
            routes.AskAsync(new(operation) { Path = path, Body = input }, backend, http.RequestServices, http.TraceIdentifier, http.RequestAborted);
    }

    private static async Task<IResult> RoomAsync(Body<NewRoomInput> body, HttpContext http, ApiRoutes routes, RelayDbs dbs, CalmWrites writes, RelayClock clock)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await CallerAsync(dbs, writes, clock, http.RequestAborted) is not { } backend) return Problem.Unavailable;
        return (await routes.AskAsync(new("rooms.create") { Body = RoomOf(request.Name, "group") }, backend, http.RequestServices, http.TraceIdentifier, http.RequestAborted)).ToResult();
    }

    /// <summary>What a shop or a calendar would send: a notification that waits in the other's inbox until a device has it.</summary>
    private static async Task<IResult> NudgeAsync(Body<NudgeInput> body, HttpContext http, ApiRoutes routes, RelayDbs dbs, CalmWrites writes, RelayClock clock)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await CallerAsync(dbs, writes, clock, http.RequestAborted) is not { } backend) return Problem.Unavailable;
        var notification = new JsonObject
        {
            ["to"] = new JsonObject { ["user"] = Id(request.To) },
            ["route"] = new JsonArray(new JsonObject { ["channel"] = "websocket" }),
            ["content"] = new JsonObject { ["subject"] = $"{request.From} is waiting for you", ["text"] = "Have a look at the chat when you have a minute." },
            ["category"] = "nudges",
        };
        return (await routes.AskAsync(new("notifications.send") { Body = notification }, backend, http.RequestServices, http.TraceIdentifier, http.RequestAborted)).ToResult();
    }

    private static string Id(Person person) => person.ToString().ToLowerInvariant();

    private static JsonObject RoomOf(string name, string type, bool isSealed = false) => new()
    {
        ["name"] = name,
        ["type"] = type,
        ["encrypted"] = isSealed,
        ["members"] = new JsonArray([.. Enum.GetValues<Person>().Select(person => new JsonObject { ["user"] = Id(person), ["role"] = isSealed ? "member" : "admin" })]), // admins pin
        ["notify"] = new JsonObject
        {
            ["after_s"] = 30,
            ["route"] = new JsonArray(new JsonObject { ["channel"] = "websocket" }),
            ["content"] = new JsonObject { ["subject"] = "{count} unread in {room}", ["text"] = "Come and read." },
        },
    };

    /// <summary>The tenant of the sample, made when it is first asked for.</summary>
    private static async Task<Caller?> CallerAsync(RelayDbs dbs, CalmWrites writes, RelayClock clock, CancellationToken ct)
    {
        if (await FindAsync() is { } known) return known;
        var (live, test) = Tenants.Tenant.Make("Web chat (sample)", Tenant, clock.GetUtcNow());
        await writes.ForEngineAsync(Keyed.None, async db => // two windows at once: the second meets the first one's name, and finds it
        {
            db.AddRange(live, test);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(live.TenantId, "tenant.created", "relay", live.LiveId.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);
        return await FindAsync();

        async Task<Caller?> FindAsync()
        {
            await using var db = dbs.ForEngine();
            return await db.TenantCalled(Tenant).SingleOrDefaultAsync(ct) is { } row
                ? new(row.TenantId, row.LiveId, row.Environment, default, Scope.All, new(1_000, 1_000)) { IsRelay = true } : null;
        }
    }
}
