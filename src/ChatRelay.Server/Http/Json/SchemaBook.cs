using System.Reflection;
using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>The named schemas of a document. Records stand there once and are referred to.</summary>
internal sealed class SchemaBook
{
    private readonly Dictionary<(Type, bool), string> names = [];

    /// <summary>`components/schemas`, in the order of first use.</summary>
    public JsonObject Schemas { get; } = [];

    /// <summary>Answers have every member always; requests have no unknown ones.</summary>
    public bool ForAnswers { get; private set; }

    public JsonObject ForRequest(Shape shape) => For(shape, answers: false);

    public JsonObject ForAnswer(Shape shape) => For(shape, answers: true);

    private JsonObject For(Shape shape, bool answers)
    {
        ForAnswers = answers;
        return shape.Root.Describe(this);
    }

    public JsonObject Refer(Type type, Func<JsonObject> describe)
    {
        if (!names.TryGetValue((type, ForAnswers), out var name))
        {
            names[(type, ForAnswers)] = name = NameOf(type, ForAnswers);
            if (!Schemas.TryAdd(name, null)) throw new InvalidOperationException($"Two types are called {name} in the document; rename {type}.");
            Schemas[name] = Annotated(describe(), type.GetCustomAttribute<NoteAttribute>());
        }
        return new() { ["$ref"] = $"#/components/schemas/{name}" };
    }

    public static JsonObject Annotated(JsonObject schema, NoteAttribute? note)
    {
        if (note is null) return schema;
        schema["description"] = schema["description"] is { } said ? $"{note.Description} {said}" : note.Description;
        if (note.Example is { } example) schema["examples"] = new JsonArray(JsonNode.Parse(example));
        return schema;
    }

    private static string NameOf(Type type, bool answers)
    {
        var name = FullName(type);
        if (answers) return name;
        return name.EndsWith("Request", StringComparison.Ordinal) ? name : $"{name}Input";
    }

    // CreateTenant.Request is CreateTenantRequest, TenantView is Tenant, Page<TenantView> is TenantPage.
    private static string FullName(Type type)
    {
        var own = type.Name.Split('`')[0];
        if (type.IsGenericType) return string.Concat(type.GetGenericArguments().Select(FullName)) + own;
        own = own.EndsWith("View", StringComparison.Ordinal) ? own[..^4] : own;
        return type.DeclaringType is { } outer ? FullName(outer) + own : own;
    }
}
