using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.ApiKeys;

/// <summary>An operator's key as it is listed.</summary>
internal record OperatorKeyView
{
    public required OperatorKeyId Id { get; init; }
    public required string Name { get; init; }
    public required OperatorRole Role { get; init; }

    [Note("The key's last four characters.", Example = "\"k7f2\"")]
    public required string Ending { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset? ExpiresAt { get; init; }
    public required DateTimeOffset? RevokedAt { get; init; }

    [Note("When the key was last used, to about a minute.")]
    public required DateTimeOffset? LastUsedAt { get; init; }

    public static OperatorKeyView Of(OperatorKey key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Role = key.Role,
        Ending = key.Ending,
        CreatedAt = key.CreatedAt,
        ExpiresAt = key.ExpiresAt,
        RevokedAt = key.RevokedAt,
        LastUsedAt = key.LastUsedAt,
    };

    public const string Example = """
        {"id":"opk_01jd3m7q8x6zv9k2b4n5c8d1fg","name":"grafana","role":"metrics","ending":"k7f2",
         "created_at":"2026-01-31T12:00:00.000Z","expires_at":null,"revoked_at":null,"last_used_at":null}
        """;
}

/// <summary>A new operator's key, with the text that is shown in this answer only.</summary>
internal sealed record NewOperatorKeyView : OperatorKeyView
{
    [JsonPropertyOrder(1), Note("The key. It is shown in this answer only.")]
    public required string Key { get; init; }

    [SetsRequiredMembers]
    private NewOperatorKeyView(OperatorKeyView view, string key) : base(view) => Key = key;

    public static NewOperatorKeyView Of(OperatorKey key, ApiKeyText text) => new(Of(key), text.Reveal());

    public new const string Example = """
        {"id":"opk_01jd3m7q8x6zv9k2b4n5c8d1fg","name":"grafana","role":"metrics","ending":"k7f2",
         "created_at":"2026-01-31T12:00:00.000Z","expires_at":null,"revoked_at":null,"last_used_at":null,"key":"cr_op_…"}
        """;
}
