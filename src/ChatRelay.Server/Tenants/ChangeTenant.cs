using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants;

/// <summary>PATCH /v1/tenants/{id}: name, suspension and settings, in both environments.</summary>
internal static class ChangeTenant
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPatch("/tenants/{id}", Handle).WithName("tenants.update").WithSummary("Change or suspend a tenant")
        .OperatorsOnly(OperatorRole.Admin)
        .Reads<Request>("""{"status":"suspended"}""")
        .Answers<TenantView>(200, TenantView.Example)
        .Refuses(ProblemCode.NotFound, ProblemCode.Conflict);

    /// <summary>What an operator may make of a tenant; deleting has a route of its own.</summary>
    internal enum NewStatus
    {
        Active,
        Suspended,
    }

    internal sealed record Request
    {
        [Text(1, 120)]
        public string? Name { get; init; }

        [ExternalId]
        public Change<string?> ExternalId { get; init; }

        public NewStatus? Status { get; init; }
        public SettingsChange? Settings { get; init; }

        public void ApplyTo(Tenant tenant)
        {
            tenant.Name = Name ?? tenant.Name;
            tenant.ExternalId = ExternalId.Or(tenant.ExternalId);
            if (Status is { } status) tenant.Status = status == NewStatus.Active ? TenantStatus.Active : TenantStatus.Suspended;
            Settings?.ApplyTo(tenant);
        }
    }

    private static async Task<IResult> Handle(
        PathId<TenantId> id, Body<Request> body, OperatorCaller caller, CalmWrites writes, TenantCache tenants, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;

        var result = await writes.ForEngineAsync(Keyed.None, async db =>
        {
            var environments = await db.EnvironmentsOf(id.Id).AsTracking().ToListAsync(ct);
            if (environments.Find(e => e.Environment == TenantEnvironment.Live) is not { } live) return Problem.NotFound;
            if (live.Status == TenantStatus.Deleting) return Problem.Conflict("This tenant is being deleted.");
            environments.ForEach(request.ApplyTo);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(live.TenantId, "tenant.updated", caller.Actor, live.LiveId.ToString(), clock, request.Status is { } s ? new { Status = s } : null), ct);
            return Answer.Ok(TenantView.Of(live));
        }, ct);
        tenants.Forget(id.Id);
        return result;
    }
}
