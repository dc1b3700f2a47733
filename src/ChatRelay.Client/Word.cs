using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>One of a list of words that may grow: a word that this client does not know is kept as it came.</summary>
public interface IWord<TSelf> where TSelf : struct, IWord<TSelf>
{
    static abstract TSelf Of(string text);

    string Text { get; }
}

/// <summary>Words are strings on the wire.</summary>
public sealed class WordJson<T> : JsonConverter<T> where T : struct, IWord<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.Of(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.Text);
    }
}
