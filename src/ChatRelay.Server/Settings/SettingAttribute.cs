namespace ChatRelay.Settings;

/// <summary>Names the variable that fills a property of an options record, and says what it means. The initialiser is the default.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute(string name, string meaning) : Attribute
{
    public string Name { get; } = name;
    public string Meaning { get; } = meaning;

    /// <summary>The text may hold a password: a fault line does not repeat it.</summary>
    public bool Hidden { get; init; }

    /// <summary>The smallest value of a number (for a duration: seconds) or of a list's length.</summary>
    public long Min { get; init; } = long.MinValue;

    public long Max { get; init; } = long.MaxValue;

    /// <summary>The form of a text or of a type of its own, as the page and the fault lines say it: "an absolute http or https URL".</summary>
    public string? Form { get; init; }
}
