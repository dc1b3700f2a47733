using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ChatRelay.ApiKeys;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Storage;

namespace ChatRelay.Tenants;

/// <summary>POST /v1/tenants. A tenant is born with both environments and a live key that has every scope.</summary>
internal static class CreateTenant
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/tenants", Handle).WithName("tenants.create").WithSummary("Make a tenant")
        .OperatorsOnly(OperatorRole.Admin).Idempotent()
        .Reads<Request>("""{"name":"Acme","external_id":"acme"}""")
        .Answers<CreatedTenantView>(201, CreatedTenantView.Example)
        .Refuses(Protocol.ProblemCode.Conflict);

    internal sealed record Request
    {
        [Text(1, 120)]
        public required string Name { get; init; }

        [ExternalId]
        public string? ExternalId { get; init; }

        public SettingsChange? Settings { get; init; }
    }

    private static async Task<IResult> Handle(
        Body<Request> body, OperatorCaller caller, Keyed keyed, CalmWrites writes, RelayClock clock, Chance chance, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;

        var (live, test) = Tenant.Make(request.Name, request.ExternalId, clock.GetUtcNow());
        foreach (var environment in (Tenant[])[live, test]) request.Settings?.ApplyTo(environment);
        var (key, text) = ApiKey.Make(live.TenantId, live.Environment, "first key", Scope.All, caller.Actor, null, clock.GetUtcNow(), chance);

        return await writes.ForEngineAsync(keyed, async db =>
        {
            db.AddRange(live, test, key);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(live.TenantId, "tenant.created", caller.Actor, live.LiveId.ToString(), clock), ct);
            return Answer.Created($"/v1/tenants/{live.LiveId}", CreatedTenantView.Of(live, text)) with { ShowsSecret = true };
        }, ct);
    }
}

/// <summary>A new tenant with the one key that is shown once.</summary>
internal sealed record CreatedTenantView : TenantView
{
    [JsonPropertyOrder(1), Note("A live key with every scope. It is shown in this answer only.")]
    public required string ApiKey { get; init; }

    [SetsRequiredMembers]
    private CreatedTenantView(TenantView view, string key) : base(view) => ApiKey = key;

    public static CreatedTenantView Of(Tenant tenant, ApiKeyText key) => new(Of(tenant), key.Reveal());

    public new const string Example = """
        {"id":"ten_01jd3m7q8x6zv9k2b4n5c8d1fg","name":"Acme","external_id":"acme","status":"active",
         "settings":{"retention_days":30,"requests_per_s":null,"request_burst":null,"max_waiting":null,"recipient_per_hour":null,"recipient_per_day":null,"outbound_allow":[]},
         "created_at":"2026-01-31T12:00:00.000Z","api_key":"cr_live_…"}
        """;
}
