using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.ApiKeys;

/// <summary>A tenant's key. Only the hash of its secret is kept.</summary>
internal sealed class ApiKey
{
    public required Guid TenantId { get; init; }
    public required ApiKeyId Id { get; init; }
    public required string Name { get; init; }
    public required string[] Scopes { get; init; }
    public required byte[] Hash { get; init; }
    public required string Ending { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>The row, and the text that its holder sees once.</summary>
    public static (ApiKey Row, ApiKeyText Text) Make(
        Guid wall, TenantEnvironment environment, string name, Scope scopes, string madeBy, DateTimeOffset? expiresAt, DateTimeOffset at, Chance chance)
    {
        var id = RelayId.New<ApiKeyId>(at);
        var text = ApiKeyText.Make(environment == TenantEnvironment.Live ? ApiKeyKind.Live : ApiKeyKind.Test, id.Value, chance);
        return (new ApiKey
        {
            TenantId = wall,
            Id = id,
            Name = name,
            Scopes = scopes.ToNames(),
            Hash = text.Hash(),
            Ending = text.Reveal()[^4..],
            CreatedBy = madeBy,
            CreatedAt = at,
            ExpiresAt = expiresAt,
        }, text);
    }
}
