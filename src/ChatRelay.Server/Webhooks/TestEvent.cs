using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>POST /v1/webhook-endpoints/{endpoint}/test: an event for this endpoint only, on the way of all others.</summary>
internal static class TestEvent
{
    public const string Type = "endpoint.test";

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/webhook-endpoints/{endpoint}/test", Handle).WithName("webhook_endpoints.test").WithSummary("Send a test event to a webhook endpoint")
        .RequireScope(Scope.WebhooksWrite).Idempotent()
        .Answers<View>(202, View.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict);

    private static async Task<IResult> Handle(
        EndpointPath endpoint, Caller caller, Keyed keyed, TenantCache tenants, EndpointWrites writes, DayTables tables, WakeUps wake, CancellationToken ct)
    {
        if (await tenants.FindAsync(caller.Wall, ct) is not { } tenant) return Problem.NotFound;
        if (!await tables.StandAsync(writes.Now, ct)) return Problem.Unavailable;
        var result = await writes.RunAsync(caller.Wall, keyed, async db =>
        {
            if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
            if (found.Status is not EndpointStatus.Enabled) return Problem.Conflict("This endpoint is paused or disabled: enable it first.");
            return await SendAsync(db, found, tenant.Row.RetentionDays, caller.Actor, writes.Now, ct);
        }, ct);
        wake.Now();
        return result;
    }

    public static async Task<IResult> SendAsync(RelayDb db, WebhookEndpoint endpoint, int retentionDays, string actor, DateTimeOffset now, CancellationToken ct)
    {
        var id = RelayId.New<Protocol.EventId>(now);
        await EventLog.AppendAsync(db, new NewEvent(endpoint.TenantId, Type)
        {
            Id = id.Value,
            Actor = actor,
            Subject = endpoint.Target,
            Account = endpoint.Account,
            Data = WebhookEndpoint.EventData(endpoint.Id),
        }, ct);
        var row = new EventDeliveryRow
        {
            Tenant = endpoint.TenantId,
            Id = EventDeliveryRow.IdFor(id.Value, endpoint.Id.Value, retentionDays),
            Event = id.Value,
            Endpoint = endpoint.Id.Value,
            Target = endpoint.Target,
            Schedule = endpoint.Schedule,
            Trigger = "manual",
        };
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.CurrentTransaction!.GetDbTransaction().Connection!);
        EventDeliveryRow.Rows.Append(batch, [row]);
        await batch.ExecuteNonQueryAsync(ct);
        return Answer.Accepted($"/v1/deliveries/{new DeliveryId(row.Id)}", new View(id, new DeliveryId(row.Id)));
    }

    internal sealed record View(Protocol.EventId EventId, DeliveryId DeliveryId)
    {
        public const string Example = """{"event_id":"evt_01jd3m7q8x6zv9k2b4n5c8d1fg","delivery_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg"}""";
    }
}
