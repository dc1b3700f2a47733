using System.Text.Json;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Notifications;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>POST /v1/events: an event of the tenant's own, in the log by a shared commit; the fan-out does the rest.</summary>
internal static class PublishEvent
{
    public const int MaxBytes = 64 * 1024;

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/events", Handle).WithName("events.publish").WithSummary("Publish an event of your own")
        .RequireScope(Scope.EventsWrite).Idempotent().HasRoomFirst()
        .Reads<Request>("""{"type":"invoice.paid","account":"customer_7","data":{"invoice":"inv_1","amount":4200},"ordering_key":"inv_1","client_id":"inv_1/paid"}""")
        .Answers<View>(202, View.Example)
        .Refuses(ProblemCode.BacklogFull);

    internal sealed record Request : IRuled
    {
        [Text(1, TypePattern.Longest), Note("Words of letters, digits, - and _, with dots between them. Those that begin like the relay's own are not yours.")]
        public required string Type { get; init; }

        [ExternalId, Note("Your own customer: only this customer's endpoints get it. Without one it goes to endpoints without one.")]
        public string? Account { get; init; }

        [ExternalId, Note("Your own end user that it is about: POST /v1/erasures finds it by this.")]
        public string? User { get; init; }

        [MaxBytes(MaxBytes), Note("What happened. It comes to endpoints as the same text.")]
        public required RawJson Data { get; init; }

        [Text(1, 128), Note("Ordered endpoints get the events of one key one at a time, in order.")]
        public string? OrderingKey { get; init; }

        [Text(1, 128), Note("Your own id for this event: published again under it, it is the same event.")]
        public string? ClientId { get; init; }

        public void Check(Faults faults)
        {
            if (!EventTypeName.Is(Type)) faults.Add("type", FaultCodes.InvalidFormat, "Expected a type such as invoice.paid.");
            else if (EventType.IsReserved(Type)) faults.Add("type", FaultCodes.NotAllowed, "Types that begin like this are the relay's own.");
        }
    }

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, Keyed keyed, EventSchemas schemas, EventReads reads, Commits commits, EventNews news, RelayClock clock)
    {
        // (1) read strictly; (2) what its type says
        if (!body.TryRead(out var request)) return body.Problem;
        if (await schemas.FindAsync(caller.Wall, request.Type, CancellationToken.None) is { } schema && FaultsOf(schema, request.Data) is { Any: true } faults) return Problem.Validation(faults);

        // (3) once for each id of the publisher's
        if (request.ClientId is { } own && await reads.FindByClientAsync(caller.Wall, own, CancellationToken.None) is { } known) return await SameAsync(commits, keyed, known);

        // (4) one shared commit
        var id = RelayId.New<Protocol.EventId>(clock.GetUtcNow());
        var happened = new NewEvent(caller.Wall, request.Type)
        {
            Id = id.Value,
            Actor = caller.Actor,
            Account = request.Account,
            User = request.User,
            OrderingKey = request.OrderingKey,
            ClientId = request.ClientId,
            Data = request.Data.Text,
        };
        // A key's answer must not be kept for an event that a twin has published: that pair has a commit of its own, which fails with it.
        var (answer, alone) = (Answer.Accepted($"/v1/events/{id}", new View(id, Duplicate: false)), request.ClientId is not null && keyed.Claim is not null);
        var once = request.ClientId is not null && !alone;
        try
        {
            var result = await commits.AnswerAsync(keyed, answer, unit => unit.Add(once ? EventLog.Once : EventLog.Rows, happened), CancellationToken.None, alone);
            news.Tell(caller.Wall);
            return once && !happened.Written && result is Answer ? await StandingAsync() : result;
        }
        catch (PostgresException twin) when (twin is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "events_client" })
        {
            return await StandingAsync();
        }

        // Its twin's, or this one: written by a COMMIT whose answer was lost.
        async Task<IResult> StandingAsync() => await reads.FindByClientAsync(caller.Wall, request.ClientId!, CancellationToken.None) switch
        {
            { } first when first == id => answer,
            { } first => await SameAsync(commits, keyed, first),
            _ => Problem.Unavailable,
        };
    }

    private static Task<IResult> SameAsync(Commits commits, Keyed keyed, Protocol.EventId known) =>
        commits.AnswerAsync(keyed, Answer.Accepted($"/v1/events/{known}", new View(known, Duplicate: true)), _ => { }, CancellationToken.None);

    private static Faults FaultsOf(JsonSchema schema, RawJson data)
    {
        using var document = JsonDocument.Parse(data.Text);
        var faults = new Faults();
        using var _ = faults.In("data");
        new SchemaCheck(schema).Run(document.RootElement, faults);
        return faults;
    }

    internal sealed record View(Protocol.EventId Id, bool Duplicate)
    {
        public const string Example = """{"id":"evt_01jd3m7q8x6zv9k2b4n5c8d1fg","duplicate":false}""";
    }
}
