using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.TestKit.Frames;

/// <summary>What a frame of the socket has: `name:type`, `name?:type` if it may be missing; a type is a word below, `=value`, `a|b|null`, `[type]`, or the name of another shape.</summary>
internal sealed class FrameShape
{
    private readonly IReadOnlyList<Member> members;

    private FrameShape(string text) => members = [.. text.Split(' ').Select(Member.Of)];

    /// <summary>Shapes that others name.</summary>
    private static readonly Dictionary<string, FrameShape> named = new()
    {
        ["sender"] = new("user?:text device?:text via?:=tenant"),
        ["devices"] = new("user:text device:text"),
        ["shown"] = new("user:text status:online|away|dnd text?:text"),
        ["leaver"] = new("user:text seen_at?:time"),
    };

    public static FrameShape Of(string text) => new(text);

    public static JsonObject Schemas() => new(named.Select(n => KeyValuePair.Create(n.Key, (JsonNode?)n.Value.ToSchema())));

    /// <summary>Empty if the value has all that it must and nothing else.</summary>
    public IEnumerable<string> Faults(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return [$"is {value.ValueKind}"];
        return members.Where(m => m.Required && !value.TryGetProperty(m.Name, out _)).Select(m => $"{m.Name}: missing")
            .Concat(value.EnumerateObject().SelectMany(given => members.FirstOrDefault(m => m.Name == given.Name) is { } known
                ? Faults(given.Value, known.Type).Select(fault => $"{given.Name}: {fault}") : [$"{given.Name}: not in the document"]));
    }

    private static IEnumerable<string> Faults(JsonElement value, string type) => type switch
    {
        "any" => [],
        "text" => Kind(value, JsonValueKind.String),
        "time" => value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out _) ? [] : ["is no time"],
        "int" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? [] : ["is no whole number"],
        "bool" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? [] : ["is no boolean"],
        "null" => Kind(value, JsonValueKind.Null),
        ['[', .. var item, ']'] => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany(v => Faults(v, item)) : ["is no array"],
        ['=', .. var text] => value.ValueKind == JsonValueKind.String && value.ValueEquals(text) ? [] : [$"is not {text}"],
        _ when type.Contains('|') => type.Split('|').Any(choice => !Faults(value, choice).Any()) ? [] : [$"is none of {type}"],
        _ when named.TryGetValue(type, out var shape) => shape.Faults(value),
        _ => value.ValueKind == JsonValueKind.String && value.ValueEquals(type) ? [] : [$"is not {type}"],
    };

    private static IEnumerable<string> Kind(JsonElement value, JsonValueKind kind) => value.ValueKind == kind ? [] : [$"is {value.ValueKind}"];

    public JsonObject ToSchema() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray([.. members.Where(m => m.Required).Select(m => (JsonNode)m.Name)]),
        ["properties"] = new JsonObject(members.Select(m => KeyValuePair.Create(m.Name, (JsonNode?)Schema(m.Type)))),
    };

    private static JsonObject Schema(string type) => type switch
    {
        "any" => [],
        "text" => new() { ["type"] = "string" },
        "time" => new() { ["type"] = "string", ["format"] = "date-time" },
        "int" => new() { ["type"] = "integer", ["format"] = "int64" },
        "bool" => new() { ["type"] = "boolean" },
        "null" => new() { ["type"] = "null" },
        ['[', .. var item, ']'] => new() { ["type"] = "array", ["items"] = Schema(item) },
        ['=', .. var text] => new() { ["const"] = text },
        _ when type.Contains('|') => new() { ["oneOf"] = new JsonArray([.. type.Split('|').Select(choice => (JsonNode)Schema(choice))]) },
        _ when named.ContainsKey(type) => new() { ["$ref"] = $"#/components/schemas/{type}" },
        _ => new() { ["const"] = type },
    };

    private sealed record Member(string Name, bool Required, string Type)
    {
        public static Member Of(string text)
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return new(text[..colon].TrimEnd('?'), text[colon - 1] != '?', text[(colon + 1)..]);
        }
    }
}
