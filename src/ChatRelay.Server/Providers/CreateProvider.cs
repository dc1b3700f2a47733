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

/// <summary>POST /v1/providers. The first other account of a live environment ends the sandbox that it was born with.</summary>
internal static class CreateProvider
{
    private const int Most = 50;

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/providers", Handle).WithName("providers.create").WithSummary("Add a provider account")
        .RequireScope(Scope.ProvidersWrite).Idempotent()
        .Reads<ProviderInput>("""
            {"channel":"email","type":"sendgrid","name":"Main","priority":10,"from":{"email":"news@example.com","name":"Example"},
             "config":{"region":"eu"},"credentials":{"api_key":"SG.0123456789"},"max_rate_per_s":50}
            """)
        .Answers<ProviderView>(201, ProviderView.Example)
        .Refuses(ProblemCode.DestinationForbidden, ProblemCode.Conflict, ProblemCode.Unavailable);

    private static async Task<IResult> Handle(
        Body<ProviderInput> body, Caller caller, Keyed keyed, TenantCache tenants, OutboundPolicy outbound, Sealer sealer, CalmWrites writes, ProviderAccounts accounts, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead((request, faults) => request.CheckIn(caller.Environment, faults), out var request)) return body.Problem;
        if (await tenants.FindAsync(caller.Wall, ct) is not { } tenant) return Problem.NotFound;
        if (Destinations.Refusal(request.Setup, outbound, tenant.OutboundAllow) is { } forbidden) return forbidden;

        var (id, now) = (RelayId.New<ProviderId>(clock.GetUtcNow()), clock.GetUtcNow());
        var endings = request.Secrets.Endings();
        var value = default(SealedValue);
        if (endings.Count > 0)
        {
            value = await sealer.SealAsync(Provider.CredentialsOf(caller.Wall, id), request.Secrets.ToBytes(), ct);
            if (!value.Done) return StoredAnswers.Closed;
        }
        var provider = new Provider
        {
            TenantId = caller.Wall,
            Id = id,
            Channel = request.Channel,
            Type = request.Kind,
            Name = request.Name,
            Priority = request.Priority,
            Sender = request.From?.Email.Text,
            SenderName = request.From?.Name,
            Config = request.Setup.ToText(),
            Credentials = value.Bytes,
            Endings = JsonSerializer.Serialize(endings, RelayJson.Options),
            MaxRatePerS = request.MaxRatePerS,
            DailyQuota = request.DailyQuota,
            CreatedBy = caller.Actor,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var result = await writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            if (await db.ProvidersOf(caller.Wall).CountAsync(ct) >= Most) return Problem.Conflict($"An environment has at most {Most} provider accounts.");
            db.Add(provider);
            if (caller.Environment is TenantEnvironment.Live) await ReplaceSandboxAsync(db, provider, ct);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "provider.created", caller.Actor, id.ToString(), clock, new { provider.Type, provider.Name }), ct);
            return Answer.Created($"/v1/providers/{id}", ProviderView.Of(provider, ProviderState.Fresh));
        }, ct);
        accounts.Forget(caller.Wall);
        return result;
    }

    // Mail of a live tenant must not end in a sandbox by accident: neither in the one it was born with, nor, beside real accounts, in any that is not named.
    private static async Task ReplaceSandboxAsync(RelayDb db, Provider added, CancellationToken ct)
    {
        var sandboxes = await db.ProvidersOf(added.TenantId).AsTracking().Where(p => p.Type == ProviderType.Sandbox).ToListAsync(ct);
        if (sandboxes.Find(p => p.IsBorn) is not { } born) return;
        born.Become(ProviderStatus.Disabled, Provider.Replaced);
        if (added.Type is not ProviderType.Sandbox) sandboxes.ForEach(p => p.OnlyNamed = true);
        else added.OnlyNamed = born.OnlyNamed;
    }
}

/// <summary>What the address guard has against an account.</summary>
internal static class Destinations
{
    public static Problem? Refusal(ProviderConfig config, OutboundPolicy policy, OutboundAllow tenant)
    {
        var faults = config.Forbidden(policy, tenant).ToList();
        return faults.Count == 0 ? null : new Problem(ProblemCode.DestinationForbidden, faults[0].Detail) { Faults = faults };
    }
}
