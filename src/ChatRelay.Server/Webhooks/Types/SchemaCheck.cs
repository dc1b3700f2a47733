using System.Text.Json;
using ChatRelay.Http.Json;

namespace ChatRelay.Webhooks;

/// <summary>Checks a value against a schema. Bounded in steps: what a schema of a tenant's costs is paid by all.</summary>
internal sealed class SchemaCheck(JsonSchema schema)
{
    private const int MostSteps = 200_000, Deepest = 128;
    private int _steps, _depth;

    /// <summary>Adds every fault where it is.</summary>
    public void Run(JsonElement value, Faults faults)
    {
        Check(schema.Root, value, faults);
        if (_steps > MostSteps || _depth > Deepest) faults.Add(FaultCodes.TooLarge, "The schema of this type takes too long to check: it is nested too deeply, or refers to itself.");
    }

    private bool Fits(JsonElement rule, JsonElement value)
    {
        var faults = new Faults();
        Check(rule, value, faults);
        return !faults.Any;
    }

    private void Check(JsonElement rule, JsonElement value, Faults faults)
    {
        if (++_steps > MostSteps || _depth > Deepest || faults.Full) return;
        if (rule.ValueKind is JsonValueKind.False) faults.Add(FaultCodes.NotAllowed, "Nothing may stand here.");
        if (rule.ValueKind is not JsonValueKind.Object) return;
        _depth++;
        foreach (var keyword in rule.EnumerateObject()) CheckOne(rule, keyword.Name, keyword.Value, value, faults);
        if (_depth <= Deepest) _depth--; // once too deep it stays so, and the check ends
    }

    private void CheckOne(JsonElement rule, string name, JsonElement expected, JsonElement value, Faults faults)
    {
        switch (name)
        {
            case "type" when !IsOf(expected, value): faults.Add(FaultCodes.WrongType, $"Expected {TypesOf(expected)}."); break;
            case "const" when !JsonElement.DeepEquals(expected, value): faults.Add(FaultCodes.UnknownValue, "Expected the one value that its schema names."); break;
            case "enum" when !expected.EnumerateArray().Any(e => JsonElement.DeepEquals(e, value)): faults.Add(FaultCodes.UnknownValue, "Expected one of the values that its schema names."); break;
            case "$ref": Check(schema.Resolve(expected.GetString()!)!.Value, value, faults); break;
            case "allOf": foreach (var one in expected.EnumerateArray()) Check(one, value, faults); break;
            case "anyOf" when !expected.EnumerateArray().Any(one => Fits(one, value)): faults.Add(FaultCodes.NotAllowed, "Fits none of the schemas of anyOf."); break;
            case "oneOf" when expected.EnumerateArray().Count(one => Fits(one, value)) != 1: faults.Add(FaultCodes.NotAllowed, "Expected to fit exactly one of the schemas of oneOf."); break;
            case "not" when Fits(expected, value): faults.Add(FaultCodes.NotAllowed, "Fits the schema of not."); break;
            default:
                if (value.ValueKind is JsonValueKind.Object) CheckObject(rule, name, expected, value, faults);
                else if (value.ValueKind is JsonValueKind.Array) CheckArray(name, expected, value, faults);
                else if (value.ValueKind is JsonValueKind.String) CheckText(name, expected, value.GetString()!, faults);
                else if (value.ValueKind is JsonValueKind.Number) CheckNumber(name, expected.ValueKind is JsonValueKind.Number ? expected.GetDouble() : 0, value.GetDouble(), faults);
                break;
        }
    }

    private void CheckObject(JsonElement rule, string name, JsonElement expected, JsonElement value, Faults faults)
    {
        switch (name)
        {
            case "required":
                foreach (var member in expected.EnumerateArray())
                    if (!value.TryGetProperty(member.GetString()!, out _)) faults.Add(member.GetString()!, FaultCodes.Missing, "This member is required.");
                break;
            case "properties":
                foreach (var member in expected.EnumerateObject())
                    if (value.TryGetProperty(member.Name, out var given)) Inside(member.Name, member.Value, given, faults);
                break;
            case "additionalProperties":
                foreach (var member in value.EnumerateObject())
                {
                    if (rule.TryGetProperty("properties", out var known) && known.TryGetProperty(member.Name, out _)) continue;
                    if (expected.ValueKind is JsonValueKind.False) faults.Add(member.Name, FaultCodes.UnknownField, "This member is not known here.");
                    else Inside(member.Name, expected, member.Value, faults);
                }
                break;
            case "minProperties" when value.GetPropertyCount() < expected.GetInt32(): faults.Add(FaultCodes.TooFewItems, $"At least {expected.GetInt32()} members."); break;
            case "maxProperties" when value.GetPropertyCount() > expected.GetInt32(): faults.Add(FaultCodes.TooManyItems, $"At most {expected.GetInt32()} members."); break;
        }
    }

    private void CheckArray(string name, JsonElement expected, JsonElement value, Faults faults)
    {
        switch (name)
        {
            case "items":
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    faults.Enter(index++);
                    Check(expected, item, faults);
                    faults.Leave();
                }
                break;
            case "minItems" when value.GetArrayLength() < expected.GetInt32(): faults.Add(FaultCodes.TooFewItems, $"At least {expected.GetInt32()} items."); break;
            case "maxItems" when value.GetArrayLength() > expected.GetInt32(): faults.Add(FaultCodes.TooManyItems, $"At most {expected.GetInt32()} items."); break;
        }
    }

    private void CheckText(string name, JsonElement expected, string text, Faults faults)
    {
        switch (name)
        {
            case "minLength" when LengthOf(text) < expected.GetInt32(): faults.Add(FaultCodes.TooShort, $"At least {expected.GetInt32()} characters."); break;
            case "maxLength" when LengthOf(text) > expected.GetInt32(): faults.Add(FaultCodes.TooLong, $"At most {expected.GetInt32()} characters."); break;
            case "pattern" when !schema.PatternOf(expected.GetString()!).IsMatch(text): faults.Add(FaultCodes.InvalidFormat, "Expected what the pattern of its schema matches."); break;
        }
    }

    private static void CheckNumber(string name, double expected, double number, Faults faults)
    {
        var outside = name switch
        {
            "minimum" => number < expected,
            "maximum" => number > expected,
            "exclusiveMinimum" => number <= expected,
            "exclusiveMaximum" => number >= expected,
            _ => false,
        };
        if (outside) faults.Add(FaultCodes.OutOfRange, "Outside the bounds that its schema names.");
    }

    private void Inside(string member, JsonElement rule, JsonElement value, Faults faults)
    {
        faults.Enter(member);
        Check(rule, value, faults);
        faults.Leave();
    }

    private static bool IsOf(JsonElement types, JsonElement value) => types.ValueKind is JsonValueKind.Array ? types.EnumerateArray().Any(t => Is(t.GetString()!, value)) : Is(types.GetString()!, value);

    private static string TypesOf(JsonElement types) => types.ValueKind is JsonValueKind.Array ? string.Join(" or ", types.EnumerateArray().Select(t => t.GetString())) : types.GetString()!;

    private static bool Is(string type, JsonElement value) => (type, value.ValueKind) switch
    {
        ("null", JsonValueKind.Null) or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array)
            or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => double.IsInteger(value.GetDouble()), // 1.0 is one
        _ => false,
    };

    private static int LengthOf(string text) => text.Length - text.Count(char.IsLowSurrogate);
}
