using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Jobs;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Operations.Alerts;

/// <summary>GET /v1/ops/alerts and its acknowledgement, /v1/ops/alert-rules and /v1/ops/alert-route.</summary>
internal static class AlertEndpoints
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/ops/alerts", List).WithName("ops.alerts.list").WithSummary("List alerts, newest first")
            .OperatorsOnly(OperatorRole.Viewer).Takes(Pages.Parameters).Answers<Page<AlertView>>(200, $$"""{"data":[{{AlertView.Example}}],"has_more":false,"next_cursor":null}""");
        v1.MapPost("/ops/alerts/{id}/acknowledge", Acknowledge).WithName("ops.alerts.acknowledge").WithSummary("Say that somebody looks after an alert")
            .OperatorsOnly(OperatorRole.Operator).Idempotent().AnswersNothing().Refuses(ProblemCode.NotFound);
        v1.MapGet("/ops/alert-rules", Rules).WithName("ops.alert_rules.list").WithSummary("List the rules that alerts come from")
            .OperatorsOnly(OperatorRole.Viewer).Answers<AlertRulesView>(200, AlertRulesView.Example);
        v1.MapPatch("/ops/alert-rules/{rule}", Change).WithName("ops.alert_rules.update").WithSummary("Set a rule's threshold, or silence it for a while")
            .OperatorsOnly(OperatorRole.Operator).Reads<Request>("""{"threshold":600}""").Answers<AlertRuleView>(200, AlertRuleView.Example).Refuses(ProblemCode.NotFound);
        v1.MapGet("/ops/alert-route", Route).WithName("ops.alert_route.get").WithSummary("See by way of which tenant alerts are told")
            .OperatorsOnly(OperatorRole.Viewer).Answers<AlertRouteView>(200, AlertRouteView.Example);
        v1.MapPut("/ops/alert-route", PutRoute).WithName("ops.alert_route.put").WithSummary("Tell of alerts by a mail or a webhook of a tenant")
            .OperatorsOnly(OperatorRole.Admin).Reads<RouteRequest>("""{"tenant":"ten_01jd3m7q8x6zv9k2b4n5c8d1fg","email":"on-call@example.com"}""").Answers<AlertRouteView>(200, AlertRouteView.Example)
            .Refuses(ProblemCode.DestinationForbidden);
        v1.MapDelete("/ops/alert-route", DeleteRoute).WithName("ops.alert_route.delete").WithSummary("Tell of alerts by way of no tenant")
            .OperatorsOnly(OperatorRole.Admin).AnswersNothing();
    }

    internal sealed record Request
    {
        public bool? Enabled { get; init; }

        [Between(0, 1_000_000_000), Note("Null is the rule's own. A share is between 0 and 1.")]
        public Change<double?> Threshold { get; init; }

        [Between(0, 86_400), Note("Null is the rule's own.")]
        public Change<int?> ForS { get; init; }

        [Note("Null ends the silence.")]
        public Change<DateTimeOffset?> SilencedUntil { get; init; }
    }

    internal sealed record RouteRequest : IRuled
    {
        [Note("Its live environment sends: through its own accounts, from its own address.")]
        public required TenantId Tenant { get; init; }
        public EmailAddress? Email { get; init; }

        [Text(1, OutboundUrl.MaxLength), Note("Or a URL that this tenant may reach.")]
        public string? WebhookUrl { get; init; }

        public void Check(Faults faults)
        {
            if (Email is null == WebhookUrl is null) faults.Add(FaultCodes.NotAllowed, "Expected one of email and webhook_url.");
        }
    }

    private static async Task<IResult> List(Query query, Pages pages, AlertReads reads, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, Guid.Empty, "alerts");
        return problem is not null ? problem : Answer.Ok(pages.Of(page, await reads.PageAsync(page, ct), a => a.Id.Value, a => a));
    }

    private static async Task<IResult> Rules(AlertReads reads, CancellationToken ct) => Answer.Ok(await reads.RulesAsync(ct));

    private static async Task<IResult> Acknowledge(PathId<AlertId> id, OperatorCaller caller, Keyed keyed, CalmWrites writes, AlertWatch watch, RelayClock clock, CancellationToken ct)
    {
        var result = await writes.ForEngineAsync(keyed, async db =>
        {
            if (await db.Database.ExecuteSqlAsync($"update alerts set acknowledged_at = coalesce(acknowledged_at, relay.now()), acknowledged_by = coalesce(acknowledged_by, {caller.Actor}) where id = {id.Id.Value}", ct) == 0)
                return Problem.NotFound;
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "alert.acknowledged", caller.Actor, id.Id.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);
        if (result is Answer) await watch.LookAsync(ct);
        return result;
    }

    private static async Task<IResult> Change(string rule, Body<Request> body, OperatorCaller caller, CalmWrites writes, AlertReads reads, AlertWatch watch, RelayClock clock, CancellationToken ct)
    {
        if (AlertForm.Called(rule) is not { } form) return Problem.NotFound;
        if (!body.TryRead((r, faults) => Check(r, form, clock.GetUtcNow(), faults), out var request)) return body.Problem;
        var result = await writes.ForEngineAsync(Keyed.None, async db =>
        {
            await db.Database.ExecuteSqlAsync($"insert into alert_rules (rule) values ({form.Name}) on conflict do nothing", ct);
            if (request.Enabled is { } enabled) await db.Database.ExecuteSqlAsync($"update alert_rules set enabled = {enabled} where rule = {form.Name}", ct);
            if (request.Threshold.Given) await db.Database.ExecuteSqlAsync($"update alert_rules set threshold = {request.Threshold.Value}::float8 where rule = {form.Name}", ct);
            if (request.ForS.Given) await db.Database.ExecuteSqlAsync($"update alert_rules set for_s = {request.ForS.Value}::int where rule = {form.Name}", ct);
            if (request.SilencedUntil.Given) await SilenceAsync(db, form.Name, request.SilencedUntil.Value?.ToUniversalTime(), caller, ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "alert_rule.updated", caller.Actor, form.Name, clock), ct);
            return Answer.NoContent;
        }, ct);
        if (result is not Answer) return result;
        watch.Wake();
        await watch.LookAsync(ct);
        return Answer.Ok((await reads.RulesAsync(ct)).Rules.First(r => r.Rule == form.Rule));
    }

    private static void Check(Request request, AlertForm form, DateTimeOffset now, Faults faults)
    {
        if (form.Unit is AlertUnit.Share && request.Threshold.Value > 1) faults.Add("threshold", FaultCodes.OutOfRange, "A share is between 0 and 1.");
        if (request.SilencedUntil.Value > now.AddDays(30)) faults.Add("silenced_until", FaultCodes.OutOfRange, "Thirty days ahead at most.");
    }

    // What waits for the end of a silence is told when it ends, also when that is now.
    private static async Task SilenceAsync(RelayDb db, string rule, DateTimeOffset? until, OperatorCaller caller, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync($"update alert_rules set silenced_until = {until}::timestamptz, silenced_by = {caller.Actor} where rule = {rule}", ct);
        await db.Database.ExecuteSqlAsync($"""
            update alert_tellings t set due_at = greatest(relay.now(), {until}::timestamptz) from alert_rules r
            where r.rule = {rule} and t.alert_id = r.firing and t.told_at is null and t.attempts = 0
            """, ct);
    }

    private static async Task<IResult> Route(RelaySink sink, RelayDbs dbs, CancellationToken ct) => Answer.Ok(await ViewAsync(await sink.RouteAsync(ct), dbs, ct));

    private static async Task<IResult> PutRoute(
        Body<RouteRequest> body, OperatorCaller caller, CalmWrites writes, TenantCache tenants, OutboundPolicy outbound, RelaySink sink, RelayDbs dbs, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await tenants.FindAsync(request.Tenant.Value, ct) is not { } tenant) return Problem.Validation("/tenant", FaultCodes.NotFound, "There is no such tenant.");
        if (request.WebhookUrl is { } url && OutboundUrl.Check(url, outbound, OutboundUse.Webhook, tenant.OutboundAllow) is OutboundUrl.Forbidden { Detail: var why })
            return new Problem(ProblemCode.DestinationForbidden, why) { Faults = [new Fault("/webhook_url", FaultCodes.NotAllowed, why)] };
        var result = await writes.ForEngineAsync(Keyed.None, async db =>
        {
            await db.Database.ExecuteSqlAsync($"update alert_watch set route_tenant = {tenant.Wall}, route_email = {request.Email?.Text}, route_url = {request.WebhookUrl}", ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "alert_route.set", caller.Actor, tenant.Row.LiveId.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);
        return result is Answer ? Answer.Ok(await ViewAsync(await sink.RouteAsync(ct), dbs, ct)) : result;
    }

    private static Task<IResult> DeleteRoute(OperatorCaller caller, CalmWrites writes, RelayClock clock, CancellationToken ct) => writes.ForEngineAsync(Keyed.None, async db =>
    {
        await db.Database.ExecuteSqlAsync($"update alert_watch set route_tenant = null, route_email = null, route_url = null", ct);
        await db.Database.ExecuteSqlAsync($"delete from alert_tellings where sink = 'relay' and told_at is null", ct);
        await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "alert_route.removed", caller.Actor, "-", clock), ct);
        return Answer.NoContent;
    }, ct);

    private static async Task<AlertRouteView> ViewAsync(AlertRoute? route, RelayDbs dbs, CancellationToken ct)
    {
        if (route is null) return new() { Tenant = null, Email = null, WebhookUrl = null };
        await using var db = dbs.ForEngine();
        var tenant = await db.TenantsAt([route.Tenant]).Select(t => (TenantId?)t.LiveId).SingleOrDefaultAsync(ct);
        return new() { Tenant = tenant, Email = route.Email, WebhookUrl = route.Url };
    }
}
