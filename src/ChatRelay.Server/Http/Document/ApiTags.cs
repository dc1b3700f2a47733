using System.Text.Json.Nodes;

namespace ChatRelay.Http.Document;

/// <summary>What the operations are grouped under: the first word of their names.</summary>
internal static class ApiTags
{
    private static readonly Dictionary<string, (string Title, string Meaning)> Known = new()
    {
        ["tenants"] = ("Tenants", "Operators make, change, suspend and delete tenants."),
        ["tenant"] = ("Your tenant", "What a tenant reads and changes about itself."),
        ["operator_keys"] = ("Operator keys", "Who operates this installation."),
        ["api_keys"] = ("API keys", "A tenant's keys: scopes, expiry, roll with overlap, revocation."),
        ["signing_keys"] = ("Signing keys", "Keys with which a tenant signs its users' tokens itself."),
        ["jobs"] = ("Jobs", "Work in the background: what it is, how far it is, how it ended."),
        ["erasures"] = ("Erasures", "Taking away what is stored about a person."),
        ["usage"] = ("Usage", "What a tenant has used."),
        ["audit_events"] = ("Audit events", "Who changed what, and when."),
        ["providers"] = ("Providers", "A tenant's accounts at mail providers."),
        ["notifications"] = ("Notifications", "Sending over a route of channels, and what became of it."),
        ["deliveries"] = ("Deliveries", "Each step of a notification: its attempts, what it waits for, retry and replay."),
        ["inbound"] = ("Inbound events", "What providers tell of mail."),
        ["sandbox"] = ("Sandbox", "Mail that was kept instead of sent."),
        ["webhook_endpoints"] = ("Webhook endpoints", "Where events are posted."),
        ["webhook_keys"] = ("Webhook keys", "Public keys of those who sign."),
        ["event_types"] = ("Event types", "A tenant's own types of events, and their schemas."),
        ["events"] = ("Events", "The event log, and a tenant's own event types."),
        ["suppressions"] = ("Suppressions", "Addresses that get no mail."),
        ["connect"] = ("Connecting", "What comes to a user in real time, for networks without WebSocket."),
        ["ops"] = ("Operations", "Holding, releasing and discarding what waits; what operators look at."),
        ["health"] = ("Health", "Is it alive, is it ready, how is it."),
        ["metrics"] = ("Metrics", "Figures for Prometheus."),
        ["document"] = ("This document", "The description of the interface."),
    };

    public static string TitleOf(string tag) => Known.TryGetValue(tag, out var known) ? known.Title : Words(tag);

    public static JsonArray Describe(IEnumerable<string> tags) =>
    [
        .. tags.Distinct().Order(StringComparer.Ordinal).Select(tag => new JsonObject
        {
            ["name"] = TitleOf(tag),
            ["description"] = Known.TryGetValue(tag, out var known) ? known.Meaning : $"Operations on {Words(tag).ToLowerInvariant()}.",
        }),
    ];

    private static string Words(string tag) => $"{char.ToUpperInvariant(tag[0])}{tag[1..].Replace('_', ' ')}";
}
