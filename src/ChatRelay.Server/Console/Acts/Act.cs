using System.Text.Json.Nodes;
using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Console;

/// <summary>Something that a form of the console asks for: calls of the API, the role they take, and what is said when they are done.</summary>
/// <param name="Calls">null: the form is not one of ours</param>
internal sealed record Act(string Name, OperatorRole Role, string Done, Func<ActForm, IEnumerable<ApiCall>?> Calls)
{
    public string Path => PathOf(Name);

    /// <summary>Where its answer is shown: the page that the form came from, or what the call made.</summary>
    public Func<ApiCall, ApiSaid, string?> LeadsTo { get; init; } = (_, _) => null;

    /// <summary>What the answer itself says, where that is more than done or not.</summary>
    public Func<ApiSaid, (bool Good, string Text)>? Tells { get; init; }

    /// <summary>The member of the answer that is a secret: shown on the page that follows at once, and kept nowhere.</summary>
    public string? Reveals { get; init; }

    /// <summary>What the audit log keeps of a call beside its subject. Each act names it: a form may hold a secret.</summary>
    public Func<ApiCall, JsonObject> Noted { get; init; } = Noting();

    /// <summary>The tenant that is acted for, and these members of the body.</summary>
    public static Func<ApiCall, JsonObject> Noting(params string[] members) => call =>
    {
        var noted = new JsonObject();
        if (call.Wall is { } wall) noted["tenant"] = new TenantId(wall).ToString();
        foreach (var name in members)
            if (call.Body?[name] is { } value) noted[name] = Kept(value.ToString());
        return noted;
    };

    /// <summary>It is written down before the API has looked at it: bounded, and without what the database takes in no text.</summary>
    public static string Kept(string typed) => (typed.Length > 200 ? typed[..200] : typed).Replace('\0', '\uFFFD');

    public static string PathOf(string name) => $"{ConsoleDoor.Path}/do/{name}";
}

/// <summary>A form of the console, read.</summary>
internal sealed class ActForm(IFormCollection form)
{
    /// <summary>Made with the form: what is sent twice is done once.</summary>
    public const string OnceField = "once", BackField = "back";

    public string? Text(string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    public IEnumerable<string> Names => form.Keys;

    public IEnumerable<string> All(string name) => form[name].OfType<string>();

    public string Back => ReturnPath.Of(Text(BackField));

    public Guid? Wall => Text("wall") is { } text && RelayId.TryParse<TenantId>(text, out var wall) ? wall.Value : null;

    /// <summary>What stands in the boxes that were ticked: a wall, a delivery, and its notification if it has one.</summary>
    public IEnumerable<(Guid Wall, string Delivery, string? Notification)> Picked => All("pick").Select(p => p.Split('/')).Where(p => p.Length >= 2)
        .Select(p => RelayId.TryParse<TenantId>(p[0], out var wall) ? (wall.Value, p[1], p.ElementAtOrDefault(2)) : default).Where(p => p != default);

    public static string PickOf(Deliveries.DeliveryFacts row) =>
        $"{new TenantId(row.Tenant)}/{new DeliveryId(row.Id)}{(row.Notification is { } of ? $"/{new NotificationId(of)}" : "")}";
}

/// <summary>Where a page may lead back to: inside the console, and nowhere else.</summary>
internal static class ReturnPath
{
    public static string Of(string? asked) =>
        asked is { Length: <= 2000 } && (asked == ConsoleDoor.Path || asked.StartsWith($"{ConsoleDoor.Path}/", StringComparison.Ordinal) || asked.StartsWith($"{ConsoleDoor.Path}?", StringComparison.Ordinal))
        && !asked.StartsWith(Act.PathOf(""), StringComparison.Ordinal) && !asked.Contains("//", StringComparison.Ordinal) && !asked.AsSpan().ContainsAnyExceptInRange('!', '~') && !asked.Contains('\\', StringComparison.Ordinal)
            ? asked : ConsoleDoor.Path;
}
