using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Webhooks;

/// <summary>GET /v1/event-types, and GET and PUT of one: its description, and the schema that is checked when it is published.</summary>
internal static class EventTypes
{
    private const int Most = 500;

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/event-types", List).WithName("event_types.list").WithSummary("List your own event types")
            .RequireScope(Scope.EventsWrite).Answers<ListView>(200, $$"""{"data":[{{View.Example}}]}""");
        v1.MapGet("/event-types/{type}", Read).WithName("event_types.get").WithSummary("Read an event type")
            .RequireScope(Scope.EventsWrite).Answers<View>(200, View.Example).Refuses(ProblemCode.NotFound);
        v1.MapPut("/event-types/{type}", Put).WithName("event_types.put").WithSummary("Create or replace an event type")
            .RequireScope(Scope.EventsWrite)
            .Reads<Request>("""{"description":"An invoice was paid.","schema":{"type":"object","required":["amount"],"properties":{"amount":{"type":"integer"}}}}""")
            .Answers<View>(200, View.Example).Answers<View>(201, View.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict);
    }

    internal sealed record Request : IRuled
    {
        [Text(0, 500)]
        public string? Description { get; init; }

        [MaxBytes(64 * 1024), Note("JSON Schema, as far as docs/webhooks.md has it. What is published under this type has to fit.")]
        public RawJson? Schema { get; init; }

        public void Check(Faults faults)
        {
            if (Schema is not { Text: not "null" } given) return;
            using var _ = faults.In("schema");
            JsonSchema.Read(given.Text, faults);
        }
    }

    private static async Task<IResult> List(Caller caller, RelayDbs dbs, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        return Answer.Ok(new ListView([.. (await db.EventTypesOf(caller.Wall).OrderBy(t => t.Name).ToListAsync(ct)).Select(View.Of)]));
    }

    private static async Task<IResult> Read(string type, Caller caller, RelayDbs dbs, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        return await db.EventTypesOf(caller.Wall).SingleOrDefaultAsync(t => t.Name == type, ct) is { } found ? Answer.Ok(View.Of(found)) : Problem.NotFound;
    }

    private static async Task<IResult> Put(string type, Body<Request> body, Caller caller, CalmWrites writes, EventSchemas schemas, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (!EventTypeName.Is(type)) return Problem.NotFound; // a path that can name nothing
        if (EventType.IsReserved(type)) return Problem.Conflict("Types that begin like this are the relay's own.");
        var result = await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            var now = clock.GetUtcNow();
            var found = await db.EventTypesOf(caller.Wall).AsTracking().SingleOrDefaultAsync(t => t.Name == type, ct);
            if (found is null && await db.EventTypesOf(caller.Wall).CountAsync(ct) >= Most) return Problem.Conflict($"An environment has at most {Most} event types.");
            var kept = found ?? db.Add(new EventType { TenantId = caller.Wall, Name = type, CreatedAt = now, UpdatedAt = now }).Entity;
            kept.Description = request.Description;
            kept.Schema = request.Schema is { Text: not "null" } given ? given.Text : null;
            kept.UpdatedAt = now;
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, found is null ? "event_type.created" : "event_type.updated", caller.Actor, type, clock), ct);
            return found is null ? Answer.Created($"/v1/event-types/{type}", View.Of(kept)) : Answer.Ok(View.Of(kept));
        }, ct);
        schemas.Forget(caller.Wall);
        return result;
    }

    internal sealed record ListView(IReadOnlyList<View> Data);

    internal sealed record View
    {
        public required string Name { get; init; }
        public required string? Description { get; init; }

        [Note("As it was given.")]
        public required RawJson? Schema { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required DateTimeOffset UpdatedAt { get; init; }

        public static View Of(EventType type) => new()
        {
            Name = type.Name,
            Description = type.Description,
            Schema = type.Schema is { } schema ? new RawJson(schema) : null,
            CreatedAt = type.CreatedAt,
            UpdatedAt = type.UpdatedAt,
        };

        public const string Example = """
            {"name":"invoice.paid","description":"An invoice was paid.","schema":{"type":"object","required":["amount"],"properties":{"amount":{"type":"integer"}}},
             "created_at":"2026-01-31T12:00:00.000Z","updated_at":"2026-01-31T12:00:00.000Z"}
            """;
    }
}
