using System.Reflection;

namespace ChatRelay.Settings;

/// <summary>One setting: its name and meaning, the property that it fills, and its default.</summary>
internal sealed record Setting(SettingAttribute Says, PropertyInfo Property, object? Default)
{
    public string Name => Says.Name;
    public Type Options => Property.DeclaringType!;
}

/// <summary>Every setting of the options records that it is given, in their order. Two settings of one name are a bug.</summary>
internal sealed class SettingsCatalog
{
    public SettingsCatalog(params IReadOnlyList<Type> options)
    {
        Options = options;
        Settings = [.. options.SelectMany(Of)];
        var twice = Settings.GroupBy(setting => setting.Name).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw new InvalidOperationException($"{twice.Key} is declared twice");
    }

    public IReadOnlyList<Type> Options { get; }
    public IReadOnlyList<Setting> Settings { get; }

    private static IEnumerable<Setting> Of(Type options)
    {
        var blank = Activator.CreateInstance(options);
        foreach (var property in options.GetProperties())
        {
            if (property.GetCustomAttribute<SettingAttribute>() is not { } says) continue;
            if (!says.Name.StartsWith(SettingsSource.Prefix, StringComparison.Ordinal) && !says.Name.StartsWith(SettingsSource.OfOthers, StringComparison.Ordinal))
                throw new InvalidOperationException($"{says.Name} must start with {SettingsSource.Prefix}");
            yield return new Setting(says, property, property.GetValue(blank));
        }
    }
}
