using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace ChatRelay.Settings;

/// <summary>How the text of a setting becomes a value of its property's type, and how a value is written back.</summary>
internal static class SettingForm
{
    /// <summary>What is expected, in words: "a whole number from 1 to 65535".</summary>
    public static string Expected(Setting setting)
    {
        var (type, says) = (setting.Property.PropertyType, setting.Says);
        return ItemOf(type) is { } item ? $"a list, separated by commas, of {Words(item, says.Form)}{(says.Min > 0 ? "; not empty" : "")}" : Words(type, says.Form) + Range(says);
    }

    public static bool TryRead(Setting setting, string text, out object? value)
    {
        var says = setting.Says;
        if (ItemOf(setting.Property.PropertyType) is not { } item)
            return TryReadOne(setting.Property.PropertyType, text.Trim(), out value) && Size(value) is var size && size >= says.Min && size <= says.Max;

        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var items = Array.CreateInstance(item, parts.Length);
        value = items;
        for (var i = 0; i < parts.Length; i++)
        {
            if (!TryReadOne(item, parts[i], out var one)) return false;
            items.SetValue(one, i);
        }
        return parts.Length >= says.Min && parts.Length <= says.Max;
    }

    public static string Write(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        TimeSpan span => Durations.Write(span),
        Enum named => Snake(named.ToString()),
        string text => text,
        System.Collections.IEnumerable items => string.Join(',', items.Cast<object>().Select(Write)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static bool TryReadOne(Type type, string text, out object? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        value = null;
        if (type == typeof(string)) value = text;
        else if (type == typeof(Secret)) value = new Secret(text);
        else if (type == typeof(bool)) value = text switch { "true" => true, "false" => false, _ => null };
        else if (type == typeof(TimeSpan)) value = Durations.TryRead(text, out var span) ? span : null;
        else if (type.IsEnum) value = Enum.GetNames(type).FirstOrDefault(name => Snake(name) == text) is { } name ? Enum.Parse(type, name) : null;
        else if (text.Length > 0) value = Parse(type, text);
        return value is not null;
    }

    // Any type that can parse itself may be a setting: numbers, IPAddress, IPNetwork, Uri's cousins of our own.
    private static object? Parse(Type type, string text)
    {
        var parse = typeof(SettingForm).GetMethod(nameof(ParseAs), BindingFlags.NonPublic | BindingFlags.Static)!;
        return parse.MakeGenericMethod(type).Invoke(null, [text]);
    }

    private static object? ParseAs<T>(string text) where T : IParsable<T> =>
        T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static long Size(object? value) => value switch
    {
        int number => number,
        long number => number,
        TimeSpan span => (long)span.TotalSeconds,
        _ => 0,
    };

    private static string Words(Type type, string? form)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (form is not null) return form;
        if (type.IsEnum) return string.Join(", ", Enum.GetNames(type).Select(name => $"`{Snake(name)}`"));
        if (type == typeof(bool)) return "`true` or `false`";
        if (type == typeof(int) || type == typeof(long)) return "a whole number";
        if (type == typeof(double)) return "a number";
        if (type == typeof(TimeSpan)) return "a duration such as `250ms`, `30s`, `5m`, `2h`, `7d`";
        return type == typeof(Secret) ? "a secret text" : "a text";
    }

    private static string Range(SettingAttribute says) => (says.Min, says.Max) switch
    {
        (long.MinValue, long.MaxValue) => "",
        (_, long.MaxValue) => $" from {says.Min}",
        (long.MinValue, _) => $" up to {says.Max}",
        _ => $" from {says.Min} to {says.Max}",
    };

    private static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
