using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Http.Json;

/// <summary>Free JSON of the tenant's: any value, kept and given back as the same text.</summary>
[JsonConverter(typeof(RawJsonConverter))]
internal sealed record RawJson(string Text)
{
    /// <summary>How much of it there is; never what.</summary>
    public override string ToString() => $"json({Text.Length})";
}

internal sealed class RawJsonConverter : JsonConverter<RawJson>
{
    // Null is a value like any other here: it comes back as null.
    public override bool HandleNull => true;

    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(document.RootElement)));
    }

    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
    {
        if (value is null) writer.WriteNullValue();
        else writer.WriteRawValue(value.Text, skipInputValidation: true); // it was read by the strict reader once
    }
}
