using System.Diagnostics.CodeAnalysis;

namespace ChatRelay.Settings;

/// <summary>What reading gave: the settings, or every fault, a line each that names its variable.</summary>
internal sealed record SettingsReading(RelaySettings? Settings, IReadOnlyList<string> Faults)
{
    [MemberNotNullWhen(true, nameof(Settings))]
    public bool Good => Faults.Count == 0;
}

/// <summary>Fills options records from the environment and chatrelay.json, and collects every fault before anything starts.</summary>
internal static class SettingsReader
{
    public static SettingsReading Read(SettingsCatalog catalog, SettingsSource source)
    {
        var records = catalog.Options.ToDictionary(type => type, type => Activator.CreateInstance(type)!);
        var known = catalog.Settings.ToDictionary(setting => setting.Name);
        var faults = new List<string>(source.Faults);

        foreach (var found in source.Texts.OrderBy(text => text.Name, StringComparer.Ordinal))
            if (!known.TryGetValue(found.Name, out var setting))
            {
                if (!IsOthers(found)) faults.Add(Unknown(found, known.Keys));
            }
            else if (SettingForm.TryRead(setting, found.Text, out var value)) setting.Property.SetValue(records[setting.Options], value);
            else faults.Add($"{found.Name}{Shown(setting, found.Text)}{In(found)}: {SettingForm.Expected(setting).Replace("`", "", StringComparison.Ordinal)} is expected.");

        return new SettingsReading(faults.Count == 0 ? new RelaySettings(records) : null, faults);
    }

    // OpenTelemetry has many names that other programs of this environment may want.
    private static bool IsOthers(SettingText found) => found.File is null && found.Name.StartsWith(SettingsSource.OfOthers, StringComparison.Ordinal);

    private static string Unknown(SettingText found, IEnumerable<string> known) =>
        $"{found.Name}{In(found)} is not a setting: " + (NearestName.Of(found.Name, known) is { } nearest
            ? $"did you mean {nearest}?"
            : "docs/configuration.md lists them.");

    private static string Shown(Setting setting, string text) =>
        setting.Says.Hidden || setting.Property.PropertyType == typeof(Secret) ? "" : "=" + new string([.. text.Take(80).Select(letter => char.IsControl(letter) ? '?' : letter)]);

    private static string In(SettingText found) => found.File is null ? "" : $" ({found.File})";
}
