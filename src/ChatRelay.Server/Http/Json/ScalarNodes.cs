using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.Protocol;

namespace ChatRelay.Http.Json;

/// <summary>A string.</summary>
internal sealed class TextNode : ShapeNode
{
    public override object Read(JsonElement json, Faults faults) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : WrongType(faults, "a string", json);

    public override JsonObject Describe(SchemaBook book) => new() { ["type"] = "string" };
}

/// <summary>True or false.</summary>
internal sealed class FlagNode : ShapeNode
{
    private static readonly object Yes = true;
    private static readonly object No = false;

    public override object Read(JsonElement json, Faults faults) => json.ValueKind switch
    {
        JsonValueKind.True => Yes,
        JsonValueKind.False => No,
        _ => WrongType(faults, "true or false", json),
    };

    public override JsonObject Describe(SchemaBook book) => new() { ["type"] = "boolean" };
}

/// <summary>A whole number. 3.0 and 3e0 are whole, as JSON Schema has it.</summary>
internal sealed class IntegerNode(long min, long max, Func<long, object> box, string format) : ShapeNode
{
    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Number) return WrongType(faults, "a whole number", json);
        if (!json.TryGetInt64(out var whole))
        {
            // What neither fits a decimal nor is finite has no fraction that could matter.
            if (!json.TryGetDecimal(out var number)) return Refuse(faults, FaultCodes.OutOfRange, $"Expected a whole number from {min} to {max}.");
            if (number != decimal.Truncate(number)) return Refuse(faults, FaultCodes.WrongType, "Expected a whole number, got one with a fraction.");
            if (number < min || number > max) return Refuse(faults, FaultCodes.OutOfRange, $"Expected a whole number from {min} to {max}.");
            whole = (long)number;
        }
        return whole >= min && whole <= max ? box(whole) : Refuse(faults, FaultCodes.OutOfRange, $"Expected a whole number from {min} to {max}.");
    }

    public override JsonObject Describe(SchemaBook book) => new() { ["type"] = "integer", ["format"] = format };
}

/// <summary>A number with a fraction; what does not fit is refused, not rounded to infinity.</summary>
internal sealed class NumberNode(bool exact) : ShapeNode
{
    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Number) return WrongType(faults, "a number", json);
        if (exact && json.TryGetDecimal(out var money)) return money;
        if (!exact && json.TryGetDouble(out var number) && double.IsFinite(number)) return number;
        return Refuse(faults, FaultCodes.OutOfRange, "The number is too large.");
    }

    public override JsonObject Describe(SchemaBook book) =>
        exact ? new() { ["type"] = "number" } : new() { ["type"] = "number", ["format"] = "double" };
}

/// <summary>A time with an offset, turned to UTC.</summary>
internal sealed class TimeNode : ShapeNode
{
    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.String) return WrongType(faults, Rfc3339.Expected, json);
        return Rfc3339.TryParse(json.GetString(), out var at) ? at : Refuse(faults, FaultCodes.InvalidFormat, $"Expected {Rfc3339.Expected}.");
    }

    public override JsonObject Describe(SchemaBook book) => new() { ["type"] = "string", ["format"] = "date-time" };
}

/// <summary>Bytes as base64, the standard alphabet with padding.</summary>
internal sealed class BytesNode : ShapeNode
{
    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.String) return WrongType(faults, "base64 with padding", json);
        // The framework's decoder skips white space; nobody means it. Many libraries write `\/` and `\u002B`: that is no fault.
        var raw = JsonMarshal.GetRawUtf8Value(json);
        var spaced = raw.Contains((byte)'\\') ? json.GetString()!.AsSpan().ContainsAny(" \t\r\n") : raw.Contains((byte)' ');
        return !spaced && json.TryGetBytesFromBase64(out var bytes) && EndsAsItWouldAgain(bytes, json, raw)
            ? bytes : Refuse(faults, FaultCodes.InvalidFormat, "Expected base64 with padding.");
    }

    // The decoder drops bits that are left over before the padding: such a text would come back as another one.
    private static bool EndsAsItWouldAgain(byte[] bytes, JsonElement json, ReadOnlySpan<byte> raw)
    {
        var rest = bytes.Length % 3;
        if (rest == 0) return true;
        var again = Convert.ToBase64String(bytes.AsSpan(bytes.Length - rest));
        return raw.Contains((byte)'\\') ? json.GetString()!.EndsWith(again, StringComparison.Ordinal) : raw.TrimEnd((byte)'"').EndsWith(Encoding.ASCII.GetBytes(again));
    }

    public override JsonObject Describe(SchemaBook book) => new() { ["type"] = "string", ["contentEncoding"] = "base64" };
}

/// <summary>Any JSON, kept as its own text.</summary>
internal sealed class RawNode : ShapeNode
{
    public override bool TakesNull => true;

    public override object Read(JsonElement json, Faults faults) => new RawJson(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(json)));

    public override JsonObject Describe(SchemaBook book) => new() { ["description"] = "Any JSON value; it comes back as the same text." };
}

/// <summary>A typed id.</summary>
internal sealed class IdNode<T> : ShapeNode where T : struct, IRelayId<T>
{
    private static readonly string Detail = $"Expected a {T.Prefix}_ id.";

    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.String) return WrongType(faults, $"a {T.Prefix}_ id", json);
        return RelayId.TryParse<T>(json.GetString(), out var id) ? id : Refuse(faults, FaultCodes.InvalidFormat, Detail);
    }

    public override JsonObject Describe(SchemaBook book) => new()
    {
        ["type"] = "string",
        ["pattern"] = $"^{T.Prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$",
    };
}

/// <summary>A string that a type of ours understands.</summary>
internal sealed class WireTextNode<T> : ShapeNode where T : IWireText<T>
{
    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.String) return WrongType(faults, T.Expected, json);
        return T.TryRead(json.GetString()!, out var value) ? value : Refuse(faults, FaultCodes.InvalidFormat, $"Expected {T.Expected}.");
    }

    public override JsonObject Describe(SchemaBook book)
    {
        var schema = new JsonObject { ["type"] = "string" };
        T.Describe(schema);
        return schema;
    }
}

/// <summary>One of a closed list of words.</summary>
internal sealed class EnumNode : ShapeNode
{
    private readonly Dictionary<string, object> values;
    private readonly string expected;

    public EnumNode(Type type)
    {
        values = Enum.GetNames(type).ToDictionary(name => ShapeTypes.NameOf(type, name), name => Enum.Parse(type, name), StringComparer.Ordinal);
        expected = $"one of {string.Join(", ", values.Keys)}";
    }

    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.String) return WrongType(faults, expected, json);
        return values.TryGetValue(json.GetString()!, out var value) ? value : Refuse(faults, FaultCodes.UnknownValue, $"Expected {expected}.");
    }

    public override JsonObject Describe(SchemaBook book) => new()
    {
        ["type"] = "string",
        ["enum"] = new JsonArray([.. values.Keys.Select(name => (JsonNode)name)]),
    };
}
