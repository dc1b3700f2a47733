using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Protocol;

/// <summary>A typed id: a prefix that names its kind, and a UUIDv7 that carries its time.</summary>
public interface IRelayId<TSelf> where TSelf : struct, IRelayId<TSelf>
{
    static abstract string Prefix { get; }
    static abstract TSelf From(Guid value);
    Guid Value { get; }

    /// <summary>By time, since the time stands first.</summary>
    int CompareTo(TSelf other);
}

/// <summary>Making, writing and reading ids: prefix, underscore, 26 characters of lower-case Crockford base32.</summary>
public static class RelayId
{
    public static T New<T>(DateTimeOffset at) where T : struct, IRelayId<T> => T.From(IdBytes.NewVersion7(at));

    public static string Format<T>(T id) where T : struct, IRelayId<T> =>
        string.Create(T.Prefix.Length + 1 + Base32.GuidLength, id.Value, static (text, value) =>
        {
            T.Prefix.CopyTo(text);
            text[T.Prefix.Length] = '_';
            Base32.Write(value, text[(T.Prefix.Length + 1)..]);
        });

    /// <summary>Exactly one text stands for each id: upper case, look-alike letters and overflow are refused.</summary>
    public static bool TryParse<T>(ReadOnlySpan<char> text, out T id) where T : struct, IRelayId<T>
    {
        id = default;
        var prefix = T.Prefix;
        if (text.Length != prefix.Length + 1 + Base32.GuidLength || !text.StartsWith(prefix) || text[prefix.Length] != '_') return false;
        if (!Base32.TryReadGuid(text[(prefix.Length + 1)..], out var value)) return false;
        id = T.From(value);
        return true;
    }

    private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>When the id was made, from its own bits.</summary>
    public static DateTimeOffset TimeOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        long ms = 0;
        for (var i = 0; i < 6; i++) ms = (ms << 8) | bytes[i];
        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(ms, Latest)); // 48 bits reach further than the calendar
    }
}

/// <summary>Ids are strings on the wire.</summary>
public sealed class RelayIdJson<T> : JsonConverter<T> where T : struct, IRelayId<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        RelayId.TryParse<T>(reader.GetString(), out var id) ? id : throw new JsonException($"not a {T.Prefix}_ id");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(RelayId.Format(value));
    }
}
