namespace ChatRelay.Settings;

/// <summary>A text that is never printed: logs, exceptions and the configuration page show three stars.</summary>
internal sealed class Secret(string text) : IEquatable<Secret>
{
    public string Reveal() => text;

    public override string ToString() => "***";
    public bool Equals(Secret? other) => other is not null && other.Reveal() == text;
    public override bool Equals(object? obj) => Equals(obj as Secret);
    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);
}
