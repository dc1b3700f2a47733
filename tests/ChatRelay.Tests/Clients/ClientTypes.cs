using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.Tests.Clients;

/// <summary>The document's schemas as C# records: what is sent has `required` members, what comes back has none and forgives what is left out.</summary>
internal sealed class ClientTypes
{
    private readonly JsonObject schemas;
    private readonly Dictionary<string, (List<string> Words, List<string> Places)> words = [];
    private readonly SortedSet<string> requests = new(StringComparer.Ordinal), answers = new(StringComparer.Ordinal), patches = new(StringComparer.Ordinal), alone = new(StringComparer.Ordinal);

    public ClientTypes(JsonObject document)
    {
        schemas = document["components"]!["schemas"]!.AsObject();
        foreach (var (id, operation) in ClientOperations.Of(document))
        {
            foreach (var parameter in operation["parameters"] as JsonArray ?? [])
                if (parameter!["schema"] is { } schema) Gather(schema, $"{id}.{parameter["name"]}");
            if (ClientOperations.BodyOf(operation) is { } body) Reach(body, requests, operation["method"]!.GetValue<string>() == "patch");
            if (ClientOperations.AnswerOf(operation) is { } answer) Reach(answer, answers, false);
        }
        Reach("ValidationProblem", answers, false);
        foreach (var name in requests.Concat(answers)) Gather(schemas[name]!, name);
        if (requests.Intersect(answers).ToList() is { Count: > 0 } both) throw new InvalidOperationException($"both sent and answered: {string.Join(", ", both)}");
    }

    public IEnumerable<string> All => requests.Concat(answers);

    /// <summary>Types that only a <c>Change</c> holds, so that nothing else leads to them.</summary>
    public IEnumerable<string> Alone => alone;

    public string Words() => string.Join('\n', words.Values.Where(w => w.Words.Count > 0 && !IsProblemCode(w.Words)).Select(w => (Name: ClientNames.Word(w.Places), w.Words)).OrderBy(w => w.Name, StringComparer.Ordinal).Select(w => $$"""
        /// <summary>{{string.Join(", ", w.Words.Select(word => $"`{word}`"))}}; or a word that is newer than this client.</summary>
        [JsonConverter(typeof(WordJson<{{w.Name}}>))]
        public readonly record struct {{w.Name}}(string Text) : IWord<{{w.Name}}>
        {
        {{string.Join('\n', w.Words.Select(word => $"    public static {w.Name} {ClientNames.Pascal(word)} => new(\"{word}\");"))}}

            static {{w.Name}} IWord<{{w.Name}}>.Of(string text) => new(text);

            public override string ToString() => Text ?? "";
        }

        """));

    public string Requests() => string.Join('\n', requests.Select(name => Record(name, answer: false)));

    public string Answers() => string.Join('\n', answers.Select(name => Record(name, answer: true)));

    /// <summary>The C# type of a schema, and whether null may stand for it.</summary>
    public (string Type, bool Nullable) TypeOf(JsonNode schema)
    {
        if (schema["$ref"] is { } to) return (ClientNames.Type(NameOf(to)), false);
        if (schema["anyOf"] is JsonArray any)
        {
            var refs = any.Where(a => a!["$ref"] is not null).ToList();
            return refs.Count == 1 ? (ClientNames.Type(NameOf(refs[0]!["$ref"]!)), any.Count > 1) : ("JsonElement", true);
        }
        var types = schema["type"] is JsonArray several ? [.. several.Select(t => t!.GetValue<string>())] : schema["type"] is { } one ? new[] { one.GetValue<string>() } : [];
        if (types.Length == 0) return ("JsonElement", true);
        return (Plain(schema, types.First(t => t != "null")), types.Contains("null"));
    }

    private string Plain(JsonNode schema, string type) => type switch
    {
        "string" when schema["enum"] is JsonArray given && !IsProblemCode(Texts(given)) => ClientNames.Word(words[Key(Texts(given))].Places),
        "string" when schema["format"]?.GetValue<string>() == "date-time" => "DateTimeOffset",
        "string" when schema["contentEncoding"] is not null => "ReadOnlyMemory<byte>",
        "string" => "string",
        "integer" => schema["format"]?.GetValue<string>() == "int64" ? "long" : "int",
        "number" => "double",
        "boolean" => "bool",
        "array" => $"IReadOnlyList<{TypeOf(schema["items"]!).Type}>",
        "object" when schema["additionalProperties"] is JsonObject values => $"IReadOnlyDictionary<string, {TypeOf(values).Type}>",
        _ => "JsonElement",
    };

    private string Record(string schema, bool answer)
    {
        var said = schemas[schema]!.AsObject();
        var name = ClientNames.Type(schema);
        var text = new StringBuilder();
        text.Append($"/// <summary>{ClientNames.Escaped(said["description"]?.GetValue<string>() ?? Sentence(name, answer))}</summary>\n");
        if (said["oneOf"] is JsonArray kinds) return text.Append(Union(name, kinds)).ToString();
        var mother = schemas.FirstOrDefault(s => s.Value!["oneOf"] is JsonArray of && of.Any(k => NameOf(k!["$ref"]!) == schema)).Key;
        text.Append($"public sealed record {name}{(mother is null ? "" : $" : {ClientNames.Type(mother)}")}\n{{\n");
        var required = (said["required"] as JsonArray ?? []).Select(r => r!.GetValue<string>()).ToHashSet();
        foreach (var (member, about) in said["properties"] as JsonObject ?? [])
        {
            if (about!["const"] is not null) continue; // the union writes it
            if (about["description"] is { } description) text.Append($"    /// <summary>{ClientNames.Escaped(description.GetValue<string>())}</summary>\n");
            if (JsonNamingPolicy.SnakeCaseLower.ConvertName(ClientNames.Pascal(member)) != member) text.Append($"    [JsonPropertyName(\"{member}\")]\n");
            text.Append(answer ? AnswerMember(member, about) : RequestMember(member, about, required.Contains(member), patches.Contains(schema)));
        }
        return text.Append("}\n").ToString();
    }

    private string Union(string name, JsonArray kinds)
    {
        var text = new StringBuilder("[JsonPolymorphic(TypeDiscriminatorPropertyName = \"type\")]\n");
        foreach (var kind in kinds)
        {
            var schema = NameOf(kind!["$ref"]!);
            text.Append($"[JsonDerivedType(typeof({ClientNames.Type(schema)}), \"{schemas[schema]!["properties"]!["type"]!["const"]}\")]\n");
        }
        return text.Append($"public abstract record {name}\n{{\n    private protected {name}()\n    {{\n    }}\n}}\n").ToString();
    }

    private string RequestMember(string member, JsonNode about, bool required, bool patch)
    {
        var (type, nullable) = TypeOf(about);
        var name = ClientNames.Pascal(member);
        if (!patch || required || !nullable) return $"    public {(required ? "required " : "")}{type}{(required && !nullable ? "" : "?")} {name} {{ get; init; }}\n";
        var held = IsValue(type) ? type + "?" : type;
        alone.Add(held);
        return $"    [JsonConverter(typeof(ChangeJson<{held}>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]\n    public Change<{held}> {name} {{ get; init; }}\n";
    }

    private string AnswerMember(string member, JsonNode about)
    {
        var (type, nullable) = TypeOf(about);
        var name = ClientNames.Pascal(member);
        if (nullable) return $"    public {type}? {name} {{ get; init; }}\n";
        if (IsValue(type)) return $"    public {type} {name} {{ get; init; }}\n";
        // The generated reader gives null to what an answer leaves out.
        var none = type switch { "string" => "\"\"", _ when type.StartsWith("IReadOnlyList", StringComparison.Ordinal) => "[]", _ when type.StartsWith("IReadOnlyDictionary", StringComparison.Ordinal) => $"{type[1..]}.Empty", _ => "new()" };
        return $"    public {type} {name} {{ get => field ?? {none}; init; }}\n";
    }

    private bool IsValue(string type) => type is "int" or "long" or "double" or "bool" or "DateTimeOffset" or "JsonElement" or "ReadOnlyMemory<byte>" || words.Values.Any(w => w.Words.Count > 0 && !IsProblemCode(w.Words) && ClientNames.Word(w.Places) == type);

    private void Gather(JsonNode schema, string place)
    {
        if (schema["enum"] is JsonArray given && schema["type"] is not null)
        {
            var texts = Texts(given);
            if (!words.TryGetValue(Key(texts), out var known)) words[Key(texts)] = known = (texts, []);
            known.Places.Add(place);
        }
        foreach (var (member, about) in schema["properties"] as JsonObject ?? []) Gather(about!, $"{place}.{member}");
        if (schema["items"] is { } items) Gather(items, place);
    }

    private void Reach(string schema, SortedSet<string> into, bool patch)
    {
        if (patch) patches.Add(schema);
        if (!into.Add(schema)) return;
        foreach (var to in References(schemas[schema]!).Distinct().ToList()) Reach(to, into, patch);
    }

    private static IEnumerable<string> References(JsonNode node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Key == "$ref" ? [NameOf(p.Value!)] : p.Key is "example" or "examples" or "discriminator" || p.Value is null ? [] : References(p.Value)),
        JsonArray a => a.Where(i => i is not null).SelectMany(i => References(i!)),
        _ => [],
    };

    // The words of a refusal are ProblemCode, in the protocol.
    private static bool IsProblemCode(List<string> texts) => texts.Contains("idempotency_key_reused");

    private static List<string> Texts(JsonArray given) => [.. given.Where(g => g is not null).Select(g => g!.GetValue<string>())];

    private static string Key(List<string> texts) => string.Join(' ', texts);

    private static string NameOf(JsonNode reference) => reference.GetValue<string>().Split('/')[^1];

    private static string Sentence(string name, bool answer) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace('_', ' ') is var said ? $"{char.ToUpperInvariant(said[0])}{said[1..]}, as it is {(answer ? "answered" : "sent")}." : name;
}
