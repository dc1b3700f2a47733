using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Tenants;

/// <summary>GET and PATCH /v1/tenant: a tenant about itself, in the environment of the key.</summary>
internal static class OwnTenant
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/tenant", Read).WithName("tenant.get").WithSummary("Read your tenant")
            .AnyKey().Answers<OwnTenantView>(200, OwnTenantView.Example);
        v1.MapPatch("/tenant", Update).WithName("tenant.update").WithSummary("Change your tenant")
            .RequireScope(Scope.TenantAdmin)
            .Reads<Request>("""{"name":"Acme Ltd","allowed_origins":["https://app.example.com"]}""")
            .Answers<OwnTenantView>(200, OwnTenantView.Example);
    }

    internal sealed record Request : IRuled
    {
        [Text(1, 120)]
        public string? Name { get; init; }

        [Items(0, 100), Text(1, 256), Unique, Note("Origins from which browsers may open sockets; none is any.")]
        public IReadOnlyList<string>? AllowedOrigins { get; init; }

        public void Check(Faults faults)
        {
            for (var i = 0; i < (AllowedOrigins?.Count ?? 0); i++)
            {
                if (IsOrigin(AllowedOrigins![i])) continue;
                using (faults.In("allowed_origins", i)) faults.Add(FaultCodes.InvalidFormat, "Expected an origin such as https://app.example.com.");
            }
        }

        private static bool IsOrigin(string text) =>
            Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text;
    }

    /// <summary>From the cache that the caller was found with: nobody asks more often than a health check that uses this route.</summary>
    private static async Task<IResult> Read(Caller caller, TenantCache tenants, CancellationToken ct) =>
        await tenants.FindAsync(caller.Wall, ct) is { } tenant ? tenant.Own : Problem.NotFound;

    private static async Task<IResult> Update(Body<Request> body, Caller caller, CalmWrites writes, TenantCache tenants, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;

        var result = await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            var tenant = await db.TenantOf(caller.Wall).AsTracking().SingleAsync(ct);
            tenant.Name = request.Name ?? tenant.Name;
            tenant.AllowedOrigins = request.AllowedOrigins?.ToArray() ?? tenant.AllowedOrigins;
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "tenant.updated", caller.Actor, caller.Tenant.ToString(), clock), ct);
            return Answer.Ok(OwnTenantView.Of(tenant));
        }, ct);
        tenants.Forget(caller.Tenant);
        return result;
    }
}
