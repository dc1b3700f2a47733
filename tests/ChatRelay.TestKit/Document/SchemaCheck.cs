using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChatRelay.TestKit.Document;

/// <summary>Compares a value with a schema of the document. What a schema does not name is a fault too: an answer that shows more than it says.</summary>
public sealed class SchemaCheck(JsonObject document)
{
    /// <summary>Empty if the value is as the schema says.</summary>
    public IReadOnlyList<string> Compare(JsonElement value, JsonNode schema)
    {
        var faults = new List<string>();
        Whole(value, schema, "", faults);
        return faults;
    }

    /// <summary>`#/components/…` followed to its end.</summary>
    public JsonObject Resolve(JsonNode schema)
    {
        while (schema["$ref"] is { } reference)
        {
            schema = ((string)reference!)[2..].Split('/').Aggregate((JsonNode)document, (at, name) =>
                at[name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)]
                ?? throw new InvalidOperationException($"{reference} leads nowhere"));
        }
        return schema.AsObject();
    }

    /// <summary>The names that any part of the schema knows; shared by the parts that describe the same object.</summary>
    private sealed class Known
    {
        public HashSet<string> Names { get; } = [];
        public bool Anything { get; set; }
        public bool Something { get; set; }
    }

    private void Whole(JsonElement value, JsonNode schema, string at, List<string> faults)
    {
        var known = new Known();
        Part(value, Resolve(schema), at, faults, known);
        if (value.ValueKind != JsonValueKind.Object || known.Anything || !known.Something) return;
        faults.AddRange(value.EnumerateObject().Where(m => !known.Names.Contains(m.Name)).Select(m => $"{at}/{m.Name}: not in the document"));
    }

    private void Part(JsonElement value, JsonObject schema, string at, List<string> faults, Known known)
    {
        if (schema["$ref"] is not null) Part(value, Resolve(schema), at, faults, known);
        if (schema["type"] is { } type && !TypesOf(type).Any(t => Is(value, t))) faults.Add($"{at}: is {value.ValueKind}, not {type.ToJsonString()}");
        if (schema["const"] is { } constant && !Same(value, constant)) faults.Add($"{at}: is not {constant.ToJsonString()}");
        if (schema["enum"] is JsonArray words && !words.Any(word => Same(value, word))) faults.Add($"{at}: is not one of {words.ToJsonString()}");
        foreach (var part in schema["allOf"] as JsonArray ?? []) Part(value, part!.AsObject(), at, faults, known);
        if (schema["oneOf"] is JsonArray one) OneOf(value, schema, one, at, faults, known);
        if (schema["anyOf"] is JsonArray any) FirstOf(value, any, at, faults, known);

        switch (value.ValueKind)
        {
            case JsonValueKind.String: Text(value.GetString()!, schema, at, faults); break;
            case JsonValueKind.Number when value.TryGetDecimal(out var number): Number(number, schema, at, faults); break; // free JSON may hold any other
            case JsonValueKind.Array: List(value, schema, at, faults); break;
            case JsonValueKind.Object: Members(value, schema, at, faults, known); break;
        }
    }

    private void OneOf(JsonElement value, JsonObject schema, JsonArray choices, string at, List<string> faults, Known known)
    {
        if ((string?)schema["discriminator"]?["propertyName"] is not { } name)
        {
            FirstOf(value, choices, at, faults, known);
            return;
        }
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var tag) && schema["discriminator"]!["mapping"]![tag.GetString()!] is { } target)
            Part(value, Resolve(new JsonObject { ["$ref"] = target.DeepClone() }), at, faults, known);
        else
            faults.Add($"{at}: {name} names none of the cases");
    }

    private void FirstOf(JsonElement value, JsonArray choices, string at, List<string> faults, Known known)
    {
        var tried = new List<string>();
        foreach (var choice in choices)
        {
            var (found, names) = (new List<string>(), new Known());
            Part(value, choice!.AsObject(), at, found, names);
            tried.AddRange(found);
            if (found.Count > 0) continue;
            known.Names.UnionWith(names.Names);
            known.Anything |= names.Anything;
            known.Something |= names.Something;
            return;
        }
        faults.Add($"{at}: is none of the choices ({string.Join("; ", tried)})");
    }

    private static void Text(string text, JsonObject schema, string at, List<string> faults)
    {
        var length = text.EnumerateRunes().Count();
        if (length < (int?)schema["minLength"]) faults.Add($"{at}: shorter than {schema["minLength"]}");
        if (length > (int?)schema["maxLength"]) faults.Add($"{at}: longer than {schema["maxLength"]}");
        if ((string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)))
            faults.Add($"{at}: not of the pattern {pattern}");
        if ((string?)schema["format"] == "date-time" && !Regex.IsMatch(text, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z")) faults.Add($"{at}: not a time in UTC with milliseconds");
        if ((string?)schema["contentEncoding"] == "base64" && !System.Buffers.Text.Base64.IsValid(Encoding.UTF8.GetBytes(text))) faults.Add($"{at}: not base64");
    }

    private static void Number(decimal number, JsonObject schema, string at, List<string> faults)
    {
        if (number < (decimal?)schema["minimum"]) faults.Add($"{at}: under {schema["minimum"]}");
        if (number > (decimal?)schema["maximum"]) faults.Add($"{at}: over {schema["maximum"]}");
    }

    private void List(JsonElement list, JsonObject schema, string at, List<string> faults)
    {
        if (list.GetArrayLength() < (int?)schema["minItems"]) faults.Add($"{at}: fewer than {schema["minItems"]}");
        if (list.GetArrayLength() > (int?)schema["maxItems"]) faults.Add($"{at}: more than {schema["maxItems"]}");
        if (schema["items"] is not { } items) return;
        var index = 0;
        foreach (var item in list.EnumerateArray()) Whole(item, items, $"{at}/{index++}", faults);
    }

    private void Members(JsonElement value, JsonObject schema, string at, List<string> faults, Known known)
    {
        foreach (var name in schema["required"] as JsonArray ?? [])
        {
            if (!value.TryGetProperty((string)name!, out _)) faults.Add($"{at}/{name}: missing");
        }
        var properties = schema["properties"] as JsonObject;
        known.Something |= properties is not null;
        foreach (var (name, property) in properties ?? [])
        {
            known.Names.Add(name);
            if (value.TryGetProperty(name, out var member)) Whole(member, property!, $"{at}/{name}", faults);
        }
        if (schema["additionalProperties"] is not JsonObject others) return;
        known.Anything = true;
        foreach (var member in value.EnumerateObject().Where(m => properties?.ContainsKey(m.Name) != true)) Whole(member.Value, others, $"{at}/{member.Name}", faults);
    }

    private static IEnumerable<string> TypesOf(JsonNode type) => type is JsonArray several ? several.Select(t => (string)t!) : [(string)type!];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number == decimal.Truncate(number),
        _ => throw new InvalidOperationException($"a type that no schema has: {type}"),
    };

    private static bool Same(JsonElement value, JsonNode? expected) =>
        expected is null ? value.ValueKind == JsonValueKind.Null : JsonElement.DeepEquals(value, JsonSerializer.SerializeToElement(expected));
}
