using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ChatRelay.Client;

/// <summary>A member of a PATCH: left as it is unless something is said, and null takes it away.</summary>
public readonly record struct Change<T>
{
    private Change(T? value) => (Value, IsGiven) = (value, true);

    public bool IsGiven { get; }
    public T? Value { get; }

    public static Change<T> To(T? value) => new(value);

    [SuppressMessage("Usage", "CA2225", Justification = "`To` is its name.")]
    public static implicit operator Change<T>(T? value) => new(value);
}

/// <summary>What was not said is not written at all: the property's condition sees to that.</summary>
internal sealed class ChangeJson<T> : JsonConverter<Change<T>>
{
    public override Change<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonSerializer.Deserialize(ref reader, Of(options));

    public override void Write(Utf8JsonWriter writer, Change<T> value, JsonSerializerOptions options)
    {
        if (value.Value is null) writer.WriteNullValue();
        else JsonSerializer.Serialize(writer, value.Value, Of(options));
    }

    private static JsonTypeInfo<T> Of(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
}
