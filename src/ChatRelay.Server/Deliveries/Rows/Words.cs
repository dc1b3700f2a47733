using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>Enums as they stand in tables and on the wire: snake_case.</summary>
internal static class Words
{
    public static string Of<T>(T value) where T : struct, Enum => Cache<T>.Names[value];

    public static T Read<T>(string word) where T : struct, Enum => Cache<T>.Values[word];

    private static class Cache<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Names =
            Enum.GetValues<T>().ToDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

        public static readonly Dictionary<string, T> Values = Names.ToDictionary(n => n.Value, n => n.Key, StringComparer.Ordinal);
    }
}
