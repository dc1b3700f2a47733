using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.ApiKeys;

/// <summary>An operator's key. Only the hash of its secret is kept.</summary>
internal sealed class OperatorKey
{
    public required OperatorKeyId Id { get; init; }
    public required string Name { get; init; }
    public required OperatorRole Role { get; init; }
    public required byte[] Hash { get; init; }
    public required string Ending { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }
    public DateTimeOffset? LastUsedAt { get; init; }

    public static (OperatorKey Row, ApiKeyText Text) Make(string name, OperatorRole role, string madeBy, DateTimeOffset? expiresAt, DateTimeOffset at, Chance chance)
    {
        var text = ApiKeyText.Make(ApiKeyKind.Operator, RelayId.New<OperatorKeyId>(at).Value, chance);
        return (Of(text, name, role, madeBy, expiresAt, at), text);
    }

    public static OperatorKey Of(ApiKeyText text, string name, OperatorRole role, string madeBy, DateTimeOffset? expiresAt, DateTimeOffset at) => new()
    {
        Id = new OperatorKeyId(text.Id),
        Name = name,
        Role = role,
        Hash = text.Hash(),
        Ending = text.Reveal()[^4..],
        CreatedBy = madeBy,
        CreatedAt = at,
        ExpiresAt = expiresAt,
    };
}
