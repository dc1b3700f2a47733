using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using Npgsql;

namespace ChatRelay.Channels.Email.Sandbox;

/// <summary>A mail that went nowhere.</summary>
internal record SandboxEmailView
{
    public required SandboxEmailId Id { get; init; }
    public required DeliveryId DeliveryId { get; init; }
    public required bool Sandbox { get; init; }

    [Note("The mail's fields as a provider would have got them.")]
    public required RawJson Mail { get; init; }

    [Note("Of the rendered mail, in bytes; null when it was erased.")]
    public required int? Size { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public static SandboxEmailView Of(NpgsqlDataReader row) => new()
    {
        Id = new SandboxEmailId(row.GetGuid(0)),
        DeliveryId = new DeliveryId(row.GetGuid(1)),
        Sandbox = true,
        Mail = new RawJson(row.GetString(2)),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(3),
        Size = row.IsDBNull(4) ? null : row.GetInt32(4),
    };

    public const string Example = """
        {"id":"sbx_01jd3m7q8x6zv9k2b4n5c8d1fg","delivery_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg","sandbox":true,
         "mail":{"message_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg@chatrelay.invalid","from":{"email":"sandbox@chatrelay.invalid","name":null},"to":{"email":"ann@example.com","name":null},"subject":"Hello"},
         "size":412,"created_at":"2026-01-31T12:00:00.000Z"}
        """;
}

/// <summary>One mail, with the head that it would have had.</summary>
internal sealed record KeptEmailView : SandboxEmailView
{
    public const int LongestHead = 256 * 1024; // fifty headers and a hundred addresses of the longest are less

    [JsonPropertyOrder(1), Note("As they stand in the rendered mail, in order and unfolded. The whole of it is at …/mime.")]
    public required IReadOnlyList<RenderedHead.Header> Headers { get; init; }

    [SetsRequiredMembers]
    private KeptEmailView(SandboxEmailView view, IReadOnlyList<RenderedHead.Header> headers) : base(view) => Headers = headers;

    public static new KeptEmailView Of(NpgsqlDataReader row) => new(SandboxEmailView.Of(row), row.IsDBNull(5) ? [] : [.. RenderedHead.Of(row.GetFieldValue<byte[]>(5))]);

    public new const string Example = """
        {"id":"sbx_01jd3m7q8x6zv9k2b4n5c8d1fg","delivery_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg","sandbox":true,
         "mail":{"message_id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg@chatrelay.invalid","from":{"email":"sandbox@chatrelay.invalid","name":null},"to":{"email":"ann@example.com","name":null},"subject":"Hello"},
         "size":412,"created_at":"2026-01-31T12:00:00.000Z","headers":[{"name":"From","value":"sandbox@chatrelay.invalid"},{"name":"To","value":"ann@example.com"},{"name":"Subject","value":"Hello"}]}
        """;
}
