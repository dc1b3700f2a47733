using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ChatRelay.Http.Json;

/// <summary>How answers are written, and how our own JSON is read back: one set of options for the whole server.</summary>
internal static class RelayJson
{
    public static readonly JsonSerializerOptions Options = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            // Text is never put into HTML from here; what is not ASCII stays readable.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.Strict,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            PropertyNameCaseInsensitive = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowOutOfOrderMetadataProperties = true,
            MaxDepth = JsonSyntax.Depth + 16, // ours around the caller's
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameCases } },
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new TimeJson() },
        };
        options.MakeReadOnly();
        return options;
    }

    // A union's cases are named once, by its attributes, for the strict reader and for the serializer.
    private static void NameCases(JsonTypeInfo type)
    {
        if (type.Type.GetCustomAttributes(typeof(UnionAttribute), inherit: false) is not [UnionAttribute union]) return;
        type.PolymorphismOptions = new()
        {
            TypeDiscriminatorPropertyName = union.Discriminator,
            UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization,
        };
        foreach (var (name, derived) in ShapeBuilder.CasesOf(type.Type)) type.PolymorphismOptions.DerivedTypes.Add(new(derived, name));
    }

    /// <summary>Times as RFC 3339, UTC, milliseconds.</summary>
    private sealed class TimeJson : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Rfc3339.TryParse(reader.GetString(), out var at) ? at : throw new JsonException($"not {Rfc3339.Expected}");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Rfc3339.Format(value));
    }
}
