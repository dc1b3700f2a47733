using System.Globalization;
using System.Text.Json.Nodes;
using ChatRelay.Http;

namespace ChatRelay.Console;

/// <summary>What is done about alerts.</summary>
internal static class AlertActs
{
    public static IReadOnlyList<Act> All { get; } =
    [
        new("acknowledge-alert", OperatorRole.Operator, "Noted: somebody looks after it.", f => f.Text("id") is { } id ? [ApiCall.Of("ops.alerts.acknowledge", null, id)] : null),
        new("set-alert-rule", OperatorRole.Operator, "The rule is set.", f => Rule(f, new() { ["enabled"] = f.Text("enabled") is not null, ["threshold"] = Number(f.Text("threshold")), ["for_s"] = Number(f.Text("for_s")) })),
        new("silence-alert-rule", OperatorRole.Operator, "Silenced until then.", f => Rule(f, new() { ["silenced_until"] = f.Text("until") })),
        new("hear-alert-rule", OperatorRole.Operator, "It is told again.", f => Rule(f, new() { ["silenced_until"] = null })),
        new("set-alert-route", OperatorRole.Admin, "Alerts go that way too.", f => [new("ops.alert_route.put") { Body = RouteOf(f) }]) { Noted = Act.Noting("tenant") }, // an address may hold a token
        new("remove-alert-route", OperatorRole.Admin, "No tenant's mail or webhook is used.", _ => [new("ops.alert_route.delete")]),
    ];

    private static IEnumerable<ApiCall>? Rule(ActForm form, JsonObject body) =>
        form.Text("rule") is { } rule ? [new("ops.alert_rules.update") { Path = new Dictionary<string, string> { ["rule"] = rule }, Body = body }] : null;

    private static JsonObject RouteOf(ActForm form)
    {
        var body = new JsonObject();
        foreach (var name in (string[])["tenant", "email", "webhook_url"]) if (form.Text(name) is { } text) body[name] = text;
        return body;
    }

    // Empty is the rule's own. What is no number goes on as it is: the API says what is wrong with it.
    private static JsonNode? Number(string? text) => text is null ? null : double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number == Math.Floor(number) ? (long)number : number : text;
}
