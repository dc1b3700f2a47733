using System.Text.Json;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.Tenants;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Providers;

/// <summary>PATCH /v1/providers/{id}. Config and credentials are replaced whole; the type stays.</summary>
internal static class ChangeProvider
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPatch("/providers/{id}", Handle).WithName("providers.update").WithSummary("Change, pause or disable a provider account")
        .RequireScope(Scope.ProvidersWrite)
        .Reads<Request>("""{"priority":20,"status":"enabled"}""")
        .Answers<ProviderView>(200, ProviderView.Example)
        .Refuses(ProblemCode.NotFound, ProblemCode.Conflict, ProblemCode.DestinationForbidden, ProblemCode.Unavailable);

    internal sealed record Request
    {
        [Text(1, 120)]
        public string? Name { get; init; }

        [Between(0, 1000), Note("The lowest is tried first.")]
        public int? Priority { get; init; }

        [Note("Null only for a sandbox.")]
        public Change<MailboxInput?> From { get; init; }

        [ReadLaterAs(typeof(SmtpConfig), typeof(SendgridConfig), typeof(PostmarkConfig), typeof(MailgunConfig), typeof(SesConfig), typeof(SandboxConfig))]
        [MaxBytes(16 * 1024), Note("The whole config of the account's type. Where it sends the credentials to another place, they have to be given again.")]
        public RawJson? Config { get; init; }

        [ReadLaterAs(typeof(SmtpCredentials), typeof(ApiKeyCredentials), typeof(PostmarkCredentials), typeof(SesCredentials), typeof(NoCredentials))]
        [MaxBytes(32 * 1024), Note("The whole credentials of the account's type. They end a pause that the old ones had brought about.")]
        public RawJson? Credentials { get; init; }

        [Between(0.01, 100_000)]
        public Change<double?> MaxRatePerS { get; init; }

        [Between(1, 1_000_000_000)]
        public Change<long?> DailyQuota { get; init; }

        [Note("enabled ends a pause, also one of the relay's.")]
        public ProviderStatus? Status { get; init; }
    }

    private static async Task<IResult> Handle(
        PathId<ProviderId> id, Body<Request> body, Caller caller, TenantCache tenants, OutboundPolicy outbound, Sealer sealer, CalmWrites writes,
        ProviderAccounts accounts, ProviderStates states, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        if (await tenants.FindAsync(caller.Wall, ct) is not { } tenant) return Problem.NotFound;

        var state = await states.OfAsync(caller.Wall, id.Id, ct);
        var result = await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            if (await db.ProvidersOf(caller.Wall).AsTracking().SingleOrDefaultAsync(p => p.Id == id.Id, ct) is not { } provider) return Problem.NotFound;

            // (1) what depends on the account's type
            var faults = new Faults();
            var (config, secrets) = Read(provider, request, faults);
            if (faults.Any) return Problem.Validation(faults);
            if (provider.IsReplaced && request.Status is not (null or ProviderStatus.Disabled)) return Problem.Conflict("This sandbox was replaced by another account, for good.");
            if (request.Config is not null && Destinations.Refusal(config!, outbound, tenant.OutboundAllow) is { } forbidden) return forbidden;

            // (2) the change
            if (secrets is not null)
            {
                var value = await sealer.SealAsync(Provider.CredentialsOf(caller.Wall, provider.Id), secrets.ToBytes(), ct);
                if (!value.Done) return StoredAnswers.Closed;
                (provider.Credentials, provider.Endings) = (value.Bytes, JsonSerializer.Serialize(secrets.Endings(), RelayJson.Options));
            }
            Apply(provider, request, config, clock.GetUtcNow());
            var woken = provider.Status is ProviderStatus.Enabled && (secrets is not null || request.Status is not null);
            await db.SaveChangesAsync(ct);
            if (woken) await WakeAsync(db, provider, ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "provider.updated", caller.Actor, provider.Id.ToString(), clock,
                new { provider.Name, provider.Status, Credentials = secrets is not null }), ct);
            return Answer.Ok(ProviderView.Of(provider, state));
        }, ct);
        accounts.Forget(caller.Wall);
        return result;
    }

    private static (ProviderConfig? Config, ProviderCredentials? Secrets) Read(Provider provider, Request request, Faults faults)
    {
        if (provider.Type is not ProviderType.Sandbox && request.From is { Given: true, Value: null }) faults.Add("from", FaultCodes.Null, "Null is not a value here.");
        if (request.Config is null && request.Credentials is null) return (null, null);

        var form = ProviderConfig.FormOf(provider.Type);
        var before = provider.ReadConfig();
        var config = request.Config is { } given ? ReadOne(form.Config, "config", given, faults) as ProviderConfig : before;
        var secrets = request.Credentials is { } secret ? ReadOne(form.Credentials, "credentials", secret, faults) as ProviderCredentials : null;
        if (faults.Any) return (null, null);

        var names = (secrets?.Endings() ?? provider.ReadEndings()).Keys.ToList();
        config!.Check(names, faults);
        // Or whoever may change an account could have its password sent to a place of his own.
        if (secrets is null && names.Count > 0 && config.Place != before.Place) faults.Add("credentials", FaultCodes.Missing, "They would go to another place: give them again.");
        return (config, secrets);
    }

    private static object ReadOne(Type form, string member, RawJson given, Faults faults)
    {
        using var document = JsonDocument.Parse(given.Text);
        using var _ = faults.In(member);
        return Shape.Of(form).Root.Read(document.RootElement, faults);
    }

    private static void Apply(Provider provider, Request request, ProviderConfig? config, DateTimeOffset now)
    {
        provider.Name = request.Name ?? provider.Name;
        provider.Priority = request.Priority ?? provider.Priority;
        if (request.From.Given) (provider.Sender, provider.SenderName) = (request.From.Value?.Email.Text, request.From.Value?.Name);
        if (request.Config is not null) provider.Config = config!.ToText();
        provider.MaxRatePerS = request.MaxRatePerS.Or(provider.MaxRatePerS);
        provider.DailyQuota = request.DailyQuota.Or(provider.DailyQuota);
        if (request.Status is { } status && !provider.IsReplaced) provider.Become(status);
        else if (request.Credentials is not null && provider.StatusReason == Provider.AuthFailed) provider.Become(ProviderStatus.Enabled);
        provider.UpdatedAt = now;
    }

    /// <summary>A broken account is tried again now, not when its breaker would have: somebody has mended it.</summary>
    private static Task<int> WakeAsync(RelayDb db, Provider provider, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"update relay.target_states set until = relay.now(), changed_at = relay.now() where tenant_id = {provider.TenantId} and target = {provider.Id.Value.ToString()} and breaker <> 'closed'", ct);
}
