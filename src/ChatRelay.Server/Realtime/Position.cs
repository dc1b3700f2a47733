using System.Text.Json;
using ChatRelay.Http.Json;

namespace ChatRelay.Realtime;

/// <summary>How far a client has everything of a feed.</summary>
internal sealed record Position
{
    [Text(1, 64)]
    public required string E { get; init; }

    [Between(0, long.MaxValue)]
    public required long S { get; init; }

    /// <summary>Null for what is no position: it is as if the client had none, and could not hide a hole.</summary>
    public static Position? Of(JsonElement given) =>
        given.ValueKind == JsonValueKind.Object && given.TryGetProperty("e", out var e) && e.ValueKind == JsonValueKind.String
        && given.TryGetProperty("s", out var s) && s.ValueKind == JsonValueKind.Number && s.TryGetInt64(out var seq) && seq >= 0
            ? new() { E = e.GetString()!, S = seq } : null;
}
