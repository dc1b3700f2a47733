namespace ChatRelay.Http;

/// <summary>What a key may do. Where there is no read scope, reading needs the write one.</summary>
[Flags]
internal enum Scope
{
    None = 0,
    NotificationsWrite = 1 << 0,
    NotificationsRead = 1 << 1,
    DeliveriesRead = 1 << 2,
    DeliveriesWrite = 1 << 3,
    RoomsWrite = 1 << 4,
    RoomsRead = 1 << 5,
    UsersWrite = 1 << 6,
    UsersToken = 1 << 7,
    ProvidersWrite = 1 << 8,
    WebhooksWrite = 1 << 9,
    EventsWrite = 1 << 10,
    SuppressionsWrite = 1 << 11,
    TenantAdmin = 1 << 12,
    All = (1 << 13) - 1,
}

/// <summary>Scopes as they stand on the wire: `notifications:write`.</summary>
internal static class Scopes
{
    private static readonly (Scope Scope, string Name)[] Known =
    [
        .. Enum.GetValues<Scope>().Where(s => s is not (Scope.None or Scope.All)).Order().Select(s => (s, NameOf(s.ToString()))),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(k => k.Name)];

    public static string[] ToNames(this Scope scopes) => [.. Known.Where(k => scopes.HasFlag(k.Scope)).Select(k => k.Name)];

    /// <summary>Null if one of the names is unknown.</summary>
    public static Scope? Parse(IEnumerable<string> names)
    {
        var scopes = Scope.None;
        foreach (var name in names)
        {
            var at = Array.FindIndex(Known, k => k.Name == name);
            if (at < 0) return null;
            scopes |= Known[at].Scope;
        }
        return scopes;
    }

    private static string NameOf(string member)
    {
        var second = 1 + member.AsSpan(1).IndexOfAnyInRange('A', 'Z');
        return $"{member[..second].ToLowerInvariant()}:{member[second..].ToLowerInvariant()}";
    }
}
