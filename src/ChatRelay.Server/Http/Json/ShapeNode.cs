using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>How one C# type is read from JSON and described in a schema.</summary>
internal abstract class ShapeNode
{
    /// <summary>Stands for "there is a fault, and no value".</summary>
    protected internal static readonly object Unread = new();

    /// <summary>Adds every fault it finds; the value, or <see cref="Unread"/>. Null was dealt with before, unless it is taken here.</summary>
    public abstract object Read(JsonElement json, Faults faults);

    public abstract JsonObject Describe(SchemaBook book);

    /// <summary>Free JSON takes null as a value.</summary>
    public virtual bool TakesNull => false;

    protected static object WrongType(Faults faults, string expected, JsonElement json)
    {
        faults.Add(FaultCodes.WrongType, $"Expected {expected}, got {KindOf(json)}.");
        return Unread;
    }

    protected static object Refuse(Faults faults, string code, string detail)
    {
        faults.Add(code, detail);
        return Unread;
    }

    private static string KindOf(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}

/// <summary>A place for a value: what may stand there, whether null may, and under which rules.</summary>
internal sealed class ShapeSlot(ShapeNode node, bool nullable, IReadOnlyList<RuleAttribute> rules)
{
    public ShapeNode Node => node;
    public bool Nullable => nullable;

    /// <summary>The value (null if null is one), or Unread. A broken rule leaves its fault and the value.</summary>
    public object? Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind == JsonValueKind.Null && !node.TakesNull)
        {
            if (nullable) return null;
            faults.Add(FaultCodes.Null, "Null is not a value here.");
            return ShapeNode.Unread;
        }
        var value = node.Read(json, faults);
        if (ReferenceEquals(value, ShapeNode.Unread)) return value;
        foreach (var rule in rules) rule.Check(value, faults);
        return value;
    }

    public JsonObject Describe(SchemaBook book)
    {
        var schema = node.Describe(book);
        foreach (var rule in rules) rule.Describe(schema);
        if (!nullable || node.TakesNull) return schema;
        if (schema["type"] is not JsonValue type) return new() { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        schema["type"] = new JsonArray(type.DeepClone(), "null");
        if (schema["enum"] is JsonArray values) values.Add(null);
        return schema;
    }
}
