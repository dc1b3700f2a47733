using System.Text.Json;
using ChatRelay.Channels.Webhook;
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
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>What every change of a tenant's endpoints has in common: the feed's lock and its next version, what is sealed, the address guard.</summary>
internal sealed class EndpointWrites(CalmWrites writes, WebhookEndpoints endpoints, Sealer sealer, TenantCache tenants, OutboundPolicy outbound, RelayClock clock, Chance chance)
{
    public const int Most = 20_000;

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>The feed first: then no event is looked at while the endpoints change, and none is missed by one that was made.</summary>
    public async Task<IResult> RunAsync(Guid wall, Keyed keyed, Func<RelayDb, Task<IResult>> work, CancellationToken ct)
    {
        var result = await writes.ForTenantAsync(wall, keyed, async db =>
        {
            var connection = (NpgsqlConnection)db.Database.CurrentTransaction!.GetDbTransaction().Connection!;
            await using var feed = new NpgsqlCommand("insert into webhook_feeds as f (tenant_id) values ($1) on conflict (tenant_id) do update set version = f.version + 1", connection)
            {
                Parameters = { new() { Value = wall } },
            };
            await feed.ExecuteNonQueryAsync(ct);
            return await work(db);
        }, ct);
        endpoints.Forget(wall);
        return result;
    }

    /// <summary>Null when the URL may be called, as far as that can be known now.</summary>
    public async Task<Problem?> RefusalAsync(Caller caller, string url, CancellationToken ct)
    {
        if (await tenants.FindAsync(caller.Wall, ct) is not { } tenant) return Problem.NotFound;
        return OutboundUrl.Check(url, outbound, OutboundUse.Webhook, tenant.OutboundAllow) is OutboundUrl.Forbidden { Detail: var why }
            ? new Problem(ProblemCode.DestinationForbidden, why) { Faults = [new Fault("/url", FaultCodes.NotAllowed, why)] }
            : null;
    }

    /// <summary>A new endpoint with its first secret, or why not.</summary>
    public async Task<IResult> CreateAsync(RelayDb db, Caller caller, EndpointInput input, string? externalId, CancellationToken ct)
    {
        if (await db.EndpointsOf(caller.Wall).CountAsync(ct) >= Most) return Problem.Conflict($"An environment has at most {Most} endpoints.");
        var endpoint = new WebhookEndpoint
        {
            TenantId = caller.Wall,
            Id = RelayId.New<EndpointId>(Now),
            ExternalId = externalId,
            Account = input.Account,
            Url = input.Url,
            EventTypes = [.. input.EventTypes.Select(t => t.Text)],
            Signature = input.Signature,
            CreatedBy = caller.Actor,
            CreatedAt = Now,
            UpdatedAt = Now,
        };
        if (!await ReplaceAsync(endpoint, input, ct) || await AddSecretAsync(db, endpoint, ct) is not { } secret) return StoredAnswers.Closed;
        db.Add(endpoint);
        await db.SaveChangesAsync(ct);
        await AuditAsync(db, caller, "webhook_endpoint.created", endpoint, ct);
        return Answer.Created($"/v1/webhook-endpoints/{endpoint.Id}", EndpointView.Of(endpoint, secret: secret)) with { ShowsSecret = true };
    }

    /// <summary>Everything but what it is called and what signs. False when the tenant's data key is not usable.</summary>
    public async Task<bool> ReplaceAsync(WebhookEndpoint endpoint, EndpointInput input, CancellationToken ct)
    {
        if (!await SealHeadersAsync(endpoint, input.Headers, ct)) return false;
        endpoint.Account = input.Account;
        endpoint.Url = input.Url;
        endpoint.Description = input.Description;
        endpoint.EventTypes = [.. input.EventTypes.Select(t => t.Text)];
        endpoint.MaxRatePerS = input.MaxRatePerS;
        endpoint.TimeoutS = input.TimeoutS;
        endpoint.RetryScheduleS = input.RetryScheduleS?.ToArray();
        endpoint.Ordered = input.Ordered;
        endpoint.Payload = input.Payload;
        endpoint.Become(input.Status, input.DisabledReason);
        endpoint.UpdatedAt = Now;
        return true;
    }

    public async Task<bool> SealHeadersAsync(WebhookEndpoint endpoint, IReadOnlyDictionary<string, string> headers, CancellationToken ct)
    {
        endpoint.HeaderEndings = JsonSerializer.Serialize(EndpointRules.EndingsOf(headers), RelayJson.Options);
        if (headers.Count == 0)
        {
            endpoint.Headers = null;
            return true;
        }
        var value = await sealer.SealAsync(endpoint.HeadersCell, JsonSerializer.SerializeToUtf8Bytes(headers, RelayJson.Options), ct);
        endpoint.Headers = value.Bytes;
        return value.Done;
    }

    /// <summary>What the receiver checks with; null when the tenant's data key is not usable.</summary>
    public async Task<string?> AddSecretAsync(RelayDb db, WebhookEndpoint endpoint, CancellationToken ct)
    {
        var (signing, checking) = EndpointSecret.Make(endpoint.Signature, chance);
        var id = RelayId.New<EndpointId>(Now).Value;
        var value = await sealer.SealAsync(EndpointSecret.CellOf(endpoint.TenantId, id), System.Text.Encoding.UTF8.GetBytes(signing), ct);
        if (!value.Done) return null;
        db.Add(new EndpointSecret
        {
            TenantId = endpoint.TenantId,
            Id = id,
            EndpointId = endpoint.Id,
            Signature = endpoint.Signature,
            Secret = value.Bytes,
            PublicKey = endpoint.Signature is SignatureKind.Ed25519 ? checking : null,
            CreatedAt = Now,
        });
        return checking;
    }

    /// <summary>The text that a receiver checks with; null when it does not open.</summary>
    public async Task<string?> CheckingTextAsync(EndpointSecret secret, CancellationToken ct) =>
        secret.PublicKey ?? (await sealer.OpenAsync(secret.Cell, secret.Secret, ct) is Opened.Plain { Bytes: var text } ? System.Text.Encoding.UTF8.GetString(text) : null);

    public Task AuditAsync(RelayDb db, Caller caller, string type, WebhookEndpoint endpoint, CancellationToken ct) => EventLog.AppendAsync(
        db, NewEvent.Audited(caller.Wall, type, caller.Actor, endpoint.Id.ToString(), clock, new { endpoint.ExternalId, endpoint.Account, endpoint.Status }), ct);
}
