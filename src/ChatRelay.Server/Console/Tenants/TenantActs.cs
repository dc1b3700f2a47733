using System.Text.Json.Nodes;
using ChatRelay.Http;

namespace ChatRelay.Console;

/// <summary>What is done to tenants and what they have.</summary>
internal static class TenantActs
{
    private static readonly string[] Numbers = ["requests_per_s", "request_burst", "max_waiting", "recipient_per_hour", "recipient_per_day"];

    public static IReadOnlyList<Act> All { get; } =
    [
        new("create-tenant", OperatorRole.Admin, "The new tenant's first key", f => [new("tenants.create") { Body = Named(f, "name", "external_id") }]) { Reveals = "api_key", Noted = Act.Noting("name", "external_id") },
        new("suspend-tenant", OperatorRole.Admin, "Suspended: its keys are refused within five seconds.", f => Update(f, new() { ["status"] = "suspended" })),
        new("resume-tenant", OperatorRole.Admin, "Active again.", f => Update(f, new() { ["status"] = "active" })),
        new("limit-tenant", OperatorRole.Admin, "The settings are changed.", f => Update(f, new() { ["settings"] = SettingsOf(f) })),
        new("create-key", OperatorRole.Admin, "The new key", f => Of(f, "api_keys.create", KeyOf(f))) { Reveals = "key" },
        new("roll-key", OperatorRole.Admin, "The key that takes its place", f => OfId(f, "api_keys.roll", new() { ["overlap_s"] = Number(f.Text("overlap_s")) ?? 86_400 })) { Reveals = "key" },
        new("revoke-key", OperatorRole.Admin, "The key is revoked.", f => OfId(f, "api_keys.revoke")),
        new("pause-provider", OperatorRole.Operator, "Paused: nothing goes through it until it is resumed.", f => OfId(f, "providers.update", new() { ["status"] = "paused" })),
        new("resume-provider", OperatorRole.Operator, "It is used again, and what waited for it is looked at now.", f => OfId(f, "providers.update", new() { ["status"] = "enabled" })),
        new("mend-provider", OperatorRole.Operator, "Saved. What waited for it is looked at now.", f => OfId(f, "providers.update", MendedOf(f))),
        new("test-provider", OperatorRole.Operator, "", f => OfId(f, "providers.test", Named(f, "to"))) { Tells = Tested },
        new("pause-endpoint", OperatorRole.Operator, "Paused: its events are noted as skipped until it is resumed.", f => OfId(f, "webhook_endpoints.update", new() { ["status"] = "paused" })),
        new("resume-endpoint", OperatorRole.Operator, "It gets events again.", f => OfId(f, "webhook_endpoints.enable")),
    ];

    private static IEnumerable<ApiCall>? Update(ActForm form, JsonObject body) => form.Text("tenant") is { } tenant ? [ApiCall.Of("tenants.update", null, tenant, body)] : null;

    private static IEnumerable<ApiCall>? Of(ActForm form, string operation, JsonObject body) => form.Wall is { } wall ? [new(operation, wall) { Body = body }] : null;

    private static IEnumerable<ApiCall>? OfId(ActForm form, string operation, JsonObject? body = null) =>
        form.Wall is { } wall && form.Text("id") is { } id ? [ApiCall.Of(operation, wall, id, body)] : null;

    private static JsonObject Named(ActForm form, params ReadOnlySpan<string> names)
    {
        var body = new JsonObject();
        foreach (var name in names) if (form.Text(name) is { } text) body[name] = text;
        return body;
    }

    private static JsonObject KeyOf(ActForm form)
    {
        var body = Named(form, "name", "environment");
        if (form.All("scope").ToList() is { Count: > 0 } scopes) body["scopes"] = new JsonArray([.. scopes.Select(s => JsonValue.Create(s))]);
        return body;
    }

    /// <summary>Config that nobody touched and credentials that nobody typed stay as they are.</summary>
    private static JsonObject MendedOf(ActForm form)
    {
        var body = new JsonObject { ["max_rate_per_s"] = Number(form.Text("max_rate_per_s")), ["daily_quota"] = Number(form.Text("daily_quota")) };
        if (form.Text("priority") is { } priority) body["priority"] = Number(priority);
        if (form.Text("config") is { } config && config.ReplaceLineEndings("\n") != form.Text("config_was")?.ReplaceLineEndings("\n")) body["config"] = Json(config);
        var credentials = new JsonObject();
        foreach (var field in form.Names.Where(n => n.StartsWith("credential.", StringComparison.Ordinal)))
            if (form.Text(field) is { } secret) credentials[field["credential.".Length..]] = secret.ReplaceLineEndings("\n");
        if (credentials.Count > 0) body["credentials"] = credentials;
        return body;
    }

    // What is no JSON goes on as a text: the API says that it is not what it takes.
    private static JsonNode? Json(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return text;
        }
    }

    /// <summary>An empty field is the installation's default. What is no number goes on as it is: the API says what is wrong with it.</summary>
    private static JsonObject SettingsOf(ActForm form)
    {
        var settings = new JsonObject { ["retention_days"] = Number(form.Text("retention_days")) };
        foreach (var name in Numbers) settings[name] = Number(form.Text(name));
        settings["outbound_allow"] = new JsonArray([.. (form.Text("outbound_allow") ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(RangeOf)]);
        return settings;
    }

    // One a line: 10.1.0.0/16 webhook 443,8443
    private static JsonObject RangeOf(string line)
    {
        var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var range = new JsonObject { ["cidr"] = parts[0], ["use"] = parts.ElementAtOrDefault(1) };
        if (parts.ElementAtOrDefault(2) is { } ports) range["ports"] = new JsonArray([.. ports.Split(',').Select(Number)]);
        return range;
    }

    private static JsonNode? Number(string? text) => text is null ? null : long.TryParse(text, out var number) ? number : double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var broken) ? broken : text;

    private static (bool, string) Tested(ApiSaid said)
    {
        var outcome = said.Text("outcome")!;
        return outcome == "ok"
            ? (true, said.Json.GetProperty("sandbox").GetBoolean() ? "The sandbox took it: see the mails below." : $"The provider took it as {said.Text("provider_message_id") ?? "a mail without an id"}.")
            : (false, $"{outcome}. {said.Text("detail")} {said.Text("response_body")}");
    }
}
