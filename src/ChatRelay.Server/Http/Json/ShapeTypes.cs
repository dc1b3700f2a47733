using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Http.Json;

/// <summary>Which C# types are lists and maps on the wire, and what things are called there.</summary>
internal static class ShapeTypes
{
    private static readonly Type[] Lists = [typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>), typeof(IEnumerable<>), typeof(IList<>), typeof(List<>)];
    private static readonly Type[] Maps = [typeof(IReadOnlyDictionary<,>), typeof(IDictionary<,>), typeof(Dictionary<,>)];

    public static bool IsList(Type type) => ItemOf(type) is not null;

    public static bool IsMap(Type type) => ValueOf(type) is not null;

    public static Type? ItemOf(Type type) =>
        type == typeof(byte[]) ? null
        : type.IsSZArray ? type.GetElementType()
        : type.IsGenericType && Lists.Contains(type.GetGenericTypeDefinition()) ? type.GetGenericArguments()[0] : null;

    public static Type? ValueOf(Type type) =>
        type.IsGenericType && Maps.Contains(type.GetGenericTypeDefinition()) && type.GetGenericArguments()[0] == typeof(string)
            ? type.GetGenericArguments()[1] : null;

    public static string NameOf(MemberInfo member) =>
        member.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? Snake(member.Name);

    public static string NameOf(Type enumType, string value) =>
        enumType.GetField(value)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? Snake(value);

    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
