using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>A number within bounds, both included.</summary>
internal sealed class BetweenAttribute : RuleAttribute
{
    private readonly decimal min;
    private readonly decimal max;

    public BetweenAttribute(long min, long max) => (this.min, this.max) = (min, max);

    public BetweenAttribute(double min, double max) => (this.min, this.max) = ((decimal)min, (decimal)max);

    public override bool Fits(Type type) => type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(decimal);

    public override void Check(object value, Faults faults)
    {
        var inside = value is double number
            ? number >= (double)min && number <= (double)max
            : Convert.ToDecimal(value, CultureInfo.InvariantCulture) is var exact && exact >= min && exact <= max;
        if (!inside) faults.Add(FaultCodes.OutOfRange, string.Create(CultureInfo.InvariantCulture, $"Expected {min} to {max}."));
    }

    public override void Describe(JsonObject schema)
    {
        schema["minimum"] = min;
        schema["maximum"] = max;
    }
}

/// <summary>How many items a list or a map has.</summary>
internal sealed class ItemsAttribute(int min, int max) : RuleAttribute
{
    public int Max => max;

    public override bool Fits(Type type) => ShapeTypes.IsList(type) || ShapeTypes.IsMap(type);

    public override void Check(object value, Faults faults)
    {
        var count = value is ICollection items ? items.Count : ((IEnumerable)value).Cast<object?>().Count();
        if (count < min) faults.Add(FaultCodes.TooFewItems, $"At least {min} {(min == 1 ? "item" : "items")}.");
        if (count > max) faults.Add(FaultCodes.TooManyItems, $"At most {max} items.");
    }

    public override void Describe(JsonObject schema)
    {
        var (least, most) = (string?)schema["type"] == "object" ? ("minProperties", "maxProperties") : ("minItems", "maxItems");
        if (min > 0) schema[least] = min;
        schema[most] = max;
    }
}

/// <summary>No item twice. The fault points at the second one.</summary>
internal sealed class UniqueAttribute : RuleAttribute
{
    public override bool Fits(Type type) => ShapeTypes.IsList(type);

    public override void Check(object value, Faults faults)
    {
        var seen = new HashSet<object?>();
        var index = 0;
        foreach (var item in (IEnumerable)value)
        {
            if (!seen.Add(item))
            {
                faults.Enter(index);
                faults.Add(FaultCodes.NotUnique, "The same item stands earlier in this list.");
                faults.Leave();
            }
            index++;
        }
    }

    public override void Describe(JsonObject schema) => schema["uniqueItems"] = true;
}

/// <summary>The length of each name in a map; no control characters in it.</summary>
internal sealed class KeysAttribute(int min, int max) : RuleAttribute
{
    private readonly TextAttribute text = new(min, max);

    public override bool Fits(Type type) => ShapeTypes.IsMap(type);

    public override void Check(object value, Faults faults)
    {
        foreach (DictionaryEntry entry in (IDictionary)value)
        {
            faults.Enter((string)entry.Key);
            text.Check(entry.Key, faults);
            faults.Leave();
        }
    }

    public override void Describe(JsonObject schema)
    {
        var names = new JsonObject { ["type"] = "string" };
        text.Describe(names);
        schema["propertyNames"] = names;
    }
}

/// <summary>Size in bytes: of free JSON as it came, of a text in UTF-8, of what base64 stands for.</summary>
internal sealed class MaxBytesAttribute(int max) : RuleAttribute
{
    public override bool Fits(Type type) => type == typeof(RawJson) || type == typeof(string) || type == typeof(byte[]);

    public override void Check(object value, Faults faults)
    {
        var size = value switch
        {
            byte[] bytes => bytes.Length,
            RawJson json => Encoding.UTF8.GetByteCount(json.Text),
            _ => Encoding.UTF8.GetByteCount((string)value),
        };
        if (size > max) faults.Add(FaultCodes.TooLarge, $"At most {max} bytes.");
    }

    public override void Describe(JsonObject schema)
    {
        var size = $"At most {max} bytes.";
        schema["description"] = schema["description"] is { } said ? $"{said} {size}" : size;
    }
}
