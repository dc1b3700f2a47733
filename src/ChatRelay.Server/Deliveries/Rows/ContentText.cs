using System.Text.Json;

namespace ChatRelay.Deliveries;

/// <summary>
/// What is said, as it is stored: the common content in a column of its own and each step's in the route; or, when it is large, all of it
/// parked in one text, a list of the common one and each step's own.
/// </summary>
internal static class ContentText
{
    /// <summary>Null in the list is a step, or a notification, that has none of its own.</summary>
    public static string Parked(string? common, IEnumerable<string?> steps) => $"[{common ?? "null"},{string.Join(',', steps.Select(s => s ?? "null"))}]";

    /// <summary>The common content, and what the step lays over it. Both null: there is nothing left to send.</summary>
    public static (string? Common, string? Own) Of(string? content, string? route, int step)
    {
        if (content is not ['[', ..]) return (content, route is null ? null : MemberOf(route, step));
        using var parked = JsonDocument.Parse(content);
        return (TextOf(parked.RootElement[0]), parked.RootElement.GetArrayLength() > step + 1 ? TextOf(parked.RootElement[step + 1]) : null);
    }

    public static SkipIf SkipOf(string? route, int step)
    {
        if (route is null || !route.Contains("skip_if", StringComparison.Ordinal)) return SkipIf.Never;
        using var document = JsonDocument.Parse(route);
        return document.RootElement.GetArrayLength() > step && document.RootElement[step].TryGetProperty("skip_if", out var skip) ? Words.Read<SkipIf>(skip.GetString()!) : SkipIf.Never;
    }

    private static string? MemberOf(string route, int step)
    {
        using var document = JsonDocument.Parse(route);
        return document.RootElement.GetArrayLength() > step && document.RootElement[step].TryGetProperty("content", out var content) ? TextOf(content) : null;
    }

    private static string? TextOf(JsonElement content) => content.ValueKind is JsonValueKind.Object ? content.GetRawText() : null;
}
