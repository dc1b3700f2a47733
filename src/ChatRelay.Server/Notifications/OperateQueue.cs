using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ChatRelay.Notifications;

/// <summary>POST /v1/ops/hold, release and discard: stop what waits, look at it, let it go or throw it away.</summary>
internal static class OperateQueue
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        MapOne(v1, QueueJobs.Hold, "Hold waiting deliveries", held: false);
        MapOne(v1, QueueJobs.Release, "Let held deliveries go", held: true);
        MapOne(v1, QueueJobs.Discard, "Cancel waiting and held deliveries", held: null);
    }

    private static void MapOne(IEndpointRouteBuilder v1, string act, string summary, bool? held) => v1
        .MapPost($"/ops/{act}", (Body<Request> body, OperatorCaller caller, Keyed keyed, StartJob start, Databases databases, RelayDbs dbs, CancellationToken ct) =>
            HandleAsync(act, held, body, caller, keyed, start, databases, dbs, ct))
        .WithName($"ops.{act}").WithSummary(summary)
        .OperatorsOnly(OperatorRole.Operator).Idempotent()
        .Reads<Request>("""{"channel":"email","dry_run":true}""")
        .Answers<CountedView>(200, CountedView.SampledExample).Answers<CountedView>(202, CountedView.Example);

    internal sealed record Request
    {
        [Note("Both environments of this tenant; without it, all tenants.")]
        public TenantId? Tenant { get; init; }
        public ChannelKind? Channel { get; init; }
        public ProviderId? Provider { get; init; }
        public EndpointId? Endpoint { get; init; }

        [Text(1, 64)]
        public string? Tag { get; init; }

        [Note("Accepted at or after this time.")]
        public DateTimeOffset? Since { get; init; }

        [Note("Accepted before this time.")]
        public DateTimeOffset? Until { get; init; }

        [Note("Count only, and show ten of them.")]
        public bool DryRun { get; init; }
    }

    private static async Task<IResult> HandleAsync(
        string act, bool? held, Body<Request> body, OperatorCaller caller, Keyed keyed, StartJob start, Databases databases, RelayDbs dbs, CancellationToken ct)
    {
        if (!body.TryRead(out var r)) return body.Problem;
        var walls = new List<Guid>();
        if (r.Tenant is { } tenant)
        {
            await using var db = dbs.ForEngine();
            walls = await db.EnvironmentsOf(tenant).Select(t => t.TenantId).ToListAsync(ct);
            if (walls.Count == 0) return Problem.Validation("/tenant", FaultCodes.NotFound, "There is no such tenant.");
        }
        var selection = new QueueSelection
        {
            Walls = walls,
            Channel = r.Channel,
            Provider = r.Provider?.Value,
            Endpoint = r.Endpoint?.Value,
            Tag = r.Tag,
            Since = r.Since,
            Until = r.Until,
            Held = held,
        };
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        var count = await selection.CountAsync(connection, ct);
        return r.DryRun ? Answer.Ok(new CountedView { Count = count, Job = null, Sample = await SampleAsync(selection, connection, dbs, ct) }) : await start.AsOperatorAsync(caller, keyed, act, selection, count, ct);
    }

    // The selection itself is asked, as the job will ask it: what is shown is what will be hit.
    private static async Task<List<SampledView>> SampleAsync(QueueSelection selection, NpgsqlConnection connection, RelayDbs dbs, CancellationToken ct)
    {
        var rows = await selection.NextAsync(connection, null, SampledView.Most, ct);
        await using var db = dbs.ForEngine();
        var tenants = await db.TenantsAt([.. rows.Select(r => r.Tenant).Distinct()]).ToDictionaryAsync(t => t.TenantId, ct);
        return [.. rows.Where(r => tenants.ContainsKey(r.Tenant)).Select(r => new SampledView { Delivery = new(r.Id), Tenant = tenants[r.Tenant].LiveId, Environment = tenants[r.Tenant].Environment })];
    }
}
