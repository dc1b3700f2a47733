using System.Collections.Concurrent;
using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Channels.Webhook;

/// <summary>A tenant's endpoints for the hot paths, at most four seconds old; their keys and headers, opened for one attempt; and an end for one that is gone.</summary>
internal sealed class WebhookEndpoints
{
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<Guid, TenantEndpoints> _kept = new();
    private readonly FreshCache<Guid, TenantEndpoints> _fresh;
    private readonly Databases _databases;
    private readonly Sealer _sealer;
    private readonly RelayClock _clock;

    public WebhookEndpoints(Databases databases, Sealer sealer, RelayClock clock)
    {
        (_databases, _sealer, _clock) = (databases, sealer, clock);
        _fresh = new(clock, ReadAsync);
    }

    public async ValueTask<TenantEndpoints> OfAsync(Guid wall, CancellationToken ct) => (await _fresh.GetAsync(wall, ct))!;

    /// <summary>Exactly those of a version: for whoever holds the lock under which it moves.</summary>
    public async ValueTask<TenantEndpoints> OfAsync(Guid wall, long version, CancellationToken ct) =>
        _kept.TryGetValue(wall, out var known) && known.Version == version ? known : (await ReadAsync(wall, ct))!;

    public void Forget(Guid wall) => _fresh.Forget(wall);

    /// <summary>What signs now, the newest first; null when the tenant's data key does not open it: an operator must look at it.</summary>
    public async ValueTask<IReadOnlyList<WebhookKey>?> KeysOfAsync(WebhookEndpoint endpoint, CancellationToken ct)
    {
        var keys = new List<WebhookKey>(endpoint.Secrets.Count);
        foreach (var secret in endpoint.Secrets)
        {
            if (secret.EndsAt <= _clock.GetUtcNow()) continue;
            if (await _sealer.OpenAsync(secret.Cell, secret.Secret, ct) is not Opened.Plain { Bytes: var text } || EndpointSecret.Read(text) is not { } key) return null;
            keys.Add(key);
        }
        return keys;
    }

    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>?> HeadersOfAsync(WebhookEndpoint endpoint, CancellationToken ct)
    {
        if (endpoint.Headers is null) return [];
        return await _sealer.OpenAsync(endpoint.HeadersCell, endpoint.Headers, ct) is Opened.Plain { Bytes: var text }
            ? [.. JsonSerializer.Deserialize<Dictionary<string, string>>(text, RelayJson.Options)!]
            : null;
    }

    /// <summary>No further event is to find out what one has. False if somebody changed it meanwhile, or the database is away: the next attempt finds it out again.</summary>
    public async Task<bool> DisableAsync(WebhookEndpoint endpoint, string reason)
    {
        try
        {
            await using var disable = _databases.Engine.CreateCommand(DisableSql);
            foreach (var value in (object[])[endpoint.TenantId, endpoint.Id.Value, endpoint.UpdatedAt.UtcDateTime, reason,
                RelayId.New<Protocol.EventId>(_clock.GetUtcNow()).Value, endpoint.Id.ToString(), WebhookEndpoint.EventData(endpoint.Id, reason)]) disable.Parameters.Add(new() { Value = value });
            var disabled = await disable.ExecuteNonQueryAsync(CancellationToken.None) > 0;
            Forget(endpoint.TenantId);
            return disabled;
        }
        catch (Exception e) when (LostConnection.Is(e))
        {
            return false;
        }
    }

    // The feed first: in this order everybody locks.
    private const string DisableSql = """
        with feed as (
          update webhook_feeds set version = version + 1 where tenant_id = $1 returning tenant_id
        ), disabled as (
          update endpoints set status = 'disabled', disabled_reason = $4, updated_at = relay.now()
          where tenant_id = (select tenant_id from feed) and id = $2 and status <> 'disabled' and updated_at = $3 returning tenant_id
        )
        insert into events (tenant_id, id, generation, type, actor, subject, ordering_key, data)
        select tenant_id, $5, (select generation from installation), 'endpoint.disabled', 'relay', $6, $6, $7 from disabled
        """;

    // Plain SQL: the dispatcher asks, and has to tell a database that is away from a fault. The version comes first: what is read after it is never older.
    private async Task<TenantEndpoints?> ReadAsync(Guid wall, CancellationToken ct)
    {
        await using var connection = await _databases.Request.OpenConnectionAsync(ct);
        var version = await VersionAsync(connection, wall, ct);
        if (_kept.TryGetValue(wall, out var known) && known.Version == version) return known;

        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("select tenant_id, id, endpoint_id, signature, secret, public_key, created_at, ends_at from endpoint_secrets where tenant_id = $1 order by id desc") { Parameters = { new() { Value = wall } } });
        batch.BatchCommands.Add(new($"select {WebhookEndpoint.Columns} from endpoints e where e.tenant_id = $1 order by e.id") { Parameters = { new() { Value = wall } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var secrets = new List<EndpointSecret>();
        while (await reader.ReadAsync(ct)) secrets.Add(SecretOf(reader));
        var byEndpoint = secrets.ToLookup(s => s.EndpointId);
        await reader.NextResultAsync(ct);
        var all = new List<WebhookEndpoint>();
        while (await reader.ReadAsync(ct)) all.Add(WebhookEndpoint.Of(reader, [.. byEndpoint[new(reader.GetGuid(1))]]));
        if (_kept.Count >= MostKept) _kept.Clear();
        return _kept[wall] = new(version, all);
    }

    private static async Task<long> VersionAsync(NpgsqlConnection connection, Guid wall, CancellationToken ct)
    {
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("select version from webhook_feeds where tenant_id = $1") { Parameters = { new() { Value = wall } } });
        return await batch.ExecuteScalarAsync(ct) as long? ?? 0;
    }

    private static EndpointSecret SecretOf(NpgsqlDataReader r) => new()
    {
        TenantId = r.GetGuid(0),
        Id = r.GetGuid(1),
        EndpointId = new(r.GetGuid(2)),
        Signature = Enum.Parse<SignatureKind>(r.GetString(3), ignoreCase: true),
        Secret = r.GetFieldValue<byte[]>(4),
        PublicKey = r.IsDBNull(5) ? null : r.GetString(5),
        CreatedAt = r.GetFieldValue<DateTimeOffset>(6),
        EndsAt = r.IsDBNull(7) ? null : r.GetFieldValue<DateTimeOffset>(7),
    };
}

/// <summary>The endpoints of an environment, as they were at one version.</summary>
internal sealed record TenantEndpoints(long Version, IReadOnlyList<WebhookEndpoint> All)
{
    public static readonly TenantEndpoints None = new(0, []);

    private readonly Dictionary<EndpointId, WebhookEndpoint> _byId = All.ToDictionary(e => e.Id);

    private readonly ILookup<string, WebhookEndpoint> _byAccount = All.ToLookup(e => e.Account ?? "");

    /// <summary>Those that may get events of this customer, or those of nobody's.</summary>
    public IEnumerable<WebhookEndpoint> Of(string? account) => _byAccount[account ?? ""];

    public WebhookEndpoint? Find(EndpointId id) => _byId.GetValueOrDefault(id);
}
