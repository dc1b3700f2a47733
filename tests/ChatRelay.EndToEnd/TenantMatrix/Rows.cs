using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.TenantMatrix;

/// <summary>One row an operation. A new route gets its row here, or the walk fails.</summary>
internal static class Rows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new Row.Public("health.live", "/health/live"),
        new Row.Public("health.ready", "/health/ready"),
        new Row.Public("webhook_keys.get", "/.well-known/webhook-keys?tenant=ten_01jd3m7q8x6zv9k2b4n5c8d1fg"),
        new Row.Public("document.json", "/openapi.json"),
        new Row.Public("document.yaml", "/openapi.yaml"),

        new Row.ByToken("inbound.receive", "/v1/inbound/sendgrid/00000000000000000000000000", 401, "unauthorized"),
        new Row.ByTokenInBody("connect.events", "/v1/connect/events", new { v = 1, token = "of nobody" }),
        new Row.ByTokenInBody("connect.poll", "/v1/connect/poll", new { v = 1, token = "of nobody", wait_s = 0 }),

        new Row.Operators("health.detailed", At("/health/detailed")),
        new Row.Operators("metrics", At("/metrics")),
        new Row.Operators("tenants.create", At("/v1/tenants"), new { name = "made by the matrix" }),
        new Row.Operators("tenants.list", At("/v1/tenants")),
        new Row.Operators("tenants.get", async world => $"/v1/tenants/{(await world.Host.NewTenantAsync()).Id}"),
        new Row.Operators("tenants.update", async world => $"/v1/tenants/{(await world.Host.NewTenantAsync()).Id}", new { name = "renamed" }),
        new Row.Operators("tenants.delete", async world => $"/v1/tenants/{(await world.Host.NewTenantAsync()).Id}"),
        new Row.Operators("operator_keys.create", At("/v1/operator-keys"), new { name = "look", role = "viewer" }),
        new Row.Operators("operator_keys.list", At("/v1/operator-keys")),
        new Row.Operators("operator_keys.revoke", async world => $"/v1/operator-keys/{(await world.Host.Operator.SendAsync("/v1/operator-keys", new { name = "x", role = "viewer" })).Id}"),
        new Row.Operators("ops.jobs.list", At("/v1/ops/jobs")),
        new Row.Operators("ops.jobs.get", async world => $"/v1/ops/jobs/{(await world.Host.Operator.RemoveAsync($"/v1/tenants/{(await world.Host.NewTenantAsync()).Id}")).Id}"),
        new Row.Operators("ops.audit_events.list", At("/v1/ops/audit-events")),

        new Row.Operators("ops.upkeep.run", async world =>
        {
            await world.Host.SqlAsync("insert into relay.upkeep (name, every, due_at) values ('look', '1 hour', relay.now()) on conflict do nothing");
            return "/v1/ops/upkeep/look/run";
        }),
        new Row.Operators("ops.nodes.drain", async world =>
        {
            await world.Host.SqlAsync("insert into relay.nodes (incarnation, node, roles, version, address) values (gen_random_uuid(), 'drained', '{}', '0', '')"); // not the one that is asked
            return "/v1/ops/nodes/drained/drain";
        }),
        new Row.Operators("ops.hold", At("/v1/ops/hold"), new { channel = "websocket", dry_run = true }),
        new Row.Operators("ops.release", At("/v1/ops/release"), new { channel = "websocket", dry_run = true }),
        new Row.Operators("ops.discard", At("/v1/ops/discard"), new { channel = "websocket", dry_run = true }),
        new Row.Operators("ops.pause.get", At("/v1/ops/pause")),
        new Row.Operators("ops.pause", At("/v1/ops/pause")),
        new Row.Operators("ops.resume", At("/v1/ops/resume")),
        new Row.Operators("ops.pauses.list", At("/v1/ops/pauses")),
        new Row.Operators("ops.channels.pause", At("/v1/ops/channels/websocket/pause")),
        new Row.Operators("ops.channels.resume", At("/v1/ops/channels/websocket/resume")),
        new Row.Operators("ops.tenants.pause", async world => $"/v1/ops/tenants/{(await world.Host.NewTenantAsync()).Id}/pause"),
        new Row.Operators("ops.tenants.resume", async world => $"/v1/ops/tenants/{(await world.Host.NewTenantAsync()).Id}/resume"),
        new Row.Operators("ops.alerts.list", At("/v1/ops/alerts")),
        new Row.Operators("ops.alerts.acknowledge", async world =>
        {
            var id = RelayId.New<AlertId>(DateTimeOffset.UnixEpoch.AddYears(50));
            await world.Host.SqlAsync("insert into relay.alerts (id, rule, value, worst, threshold) values ($1, 'queue_age', 400, 400, 300) on conflict do nothing", id.Value);
            return $"/v1/ops/alerts/{id}/acknowledge";
        }),
        new Row.Operators("ops.alert_rules.list", At("/v1/ops/alert-rules")),
        new Row.Operators("ops.alert_rules.update", At("/v1/ops/alert-rules/queue_age"), new { threshold = 600 }),
        new Row.Operators("ops.alert_route.get", At("/v1/ops/alert-route")),
        new Row.Operators("ops.alert_route.put", async world =>
        {
            RelayId.TryParse<TenantId>("ten_01jd3m7q8x6zv9k2b4n5c8d1fg", out var tenant);
            await world.Host.SqlAsync("insert into relay.tenants (tenant_id, live_id, environment, name) values ($1, $1, 'live', 'on call') on conflict do nothing", tenant.Value);
            return "/v1/ops/alert-route";
        }, new { tenant = "ten_01jd3m7q8x6zv9k2b4n5c8d1fg", email = "on-call@example.com" }),
        new Row.Operators("ops.alert_route.delete", At("/v1/ops/alert-route")),

        new Row.Own("tenant.get", "/v1/tenant"),
        new Row.Own("tenant.update", "/v1/tenant", new { name = "renamed" }),
        new Row.Own("usage.get", "/v1/usage"),
        new Row.Own("api_keys.create", "/v1/api-keys", new { name = "made by the matrix" }),
        new Row.Own("erasures.create", "/v1/erasures", new { user = "u_1" }),
        new Row.Own("signing_keys.create", "/v1/signing-keys", new { algorithm = "HS256", kid = "matrix" }),
        new Row.Own("providers.create", "/v1/providers", Sandbox),
        new Row.Own("notifications.send", "/v1/notifications", Mail),

        new Row.Own("notifications.send_batch", "/v1/notifications/batch", new { notifications = new[] { Mail } }),
        new Row.Own("notifications.preview", "/v1/notifications/preview", Mail),
        new Row.Own("notifications.cancel_many", "/v1/notifications/cancel", new { filter = new { channel = "webhook" }, dry_run = true }),
        new Row.Own("deliveries.replay", "/v1/deliveries/replay", new { since = "2026-01-01T00:00:00Z", until = "2026-01-02T00:00:00Z", dry_run = true }),
        new Row.Own("suppressions.create", "/v1/suppressions", new { email = "matrix@example.com" }),
        new Row.Own("suppressions.create_batch", "/v1/suppressions/batch", new { suppressions = new[] { new { email = "matrix@example.com" } } }),
        new Row.Own("tenant.webhook_secret", "/v1/tenant/webhook-secret?origin=https://example.com"),

        new Row.Own("events.publish", "/v1/events", new { type = "made.by_the_matrix", data = 1 }),
        new Row.Own("event_types.put", "/v1/event-types/made.by_the_matrix", new { description = "by the matrix" }),
        new Row.Own("webhook_endpoints.portal_link", "/v1/webhook-endpoints/portal-link", new { account = "customer_1" }),
        new Row.Own("webhook_endpoints.create", "/v1/webhook-endpoints", new { url = "https://example.com/hooks" }),

        new Row.Own("tokens.mint", "/v1/tokens", new { user = "u_1" }),
        new Row.Own("tokens.revoke", "/v1/tokens/revoke", new { jti = "matrix" }),
        new Row.Own("users.put", "/v1/users/matrix", new { display_name = "made by the matrix" }),
        new Row.Own("users.disconnect", "/v1/users/matrix/disconnect"),
        new Row.Own("users.block", "/v1/users/matrix/blocks/other"),
        new Row.Own("users.blocks", "/v1/users/matrix/blocks"),
        new Row.Own("users.preferences.put", "/v1/users/matrix/preferences", new { muted_users = new[] { "u_2" } }),
        new Row.Own("users.preferences.get", "/v1/users/matrix/preferences"),
        new Row.Own("users.presence", "/v1/users/matrix/presence"),
        new Row.Own("presence.query", "/v1/presence/query", new { users = new[] { "matrix" } }),
        new Row.Own("users.inbox.read_all", "/v1/users/matrix/inbox/read-all"),
        new Row.Own("rooms.create", "/v1/rooms", new { name = "made by the matrix" }),
        new Row.Own("rooms.put", "/v1/rooms/ext:matrix", new { name = "made by the matrix" }),
        new Row.Own("messages.send_multi", "/v1/messages/multi", new { rooms = new[] { "ext:nowhere" }, message = new { body = 1 } }),

        new Row.List("rooms.list", "/v1/rooms", RoomAsync),
        new Row.List("users.rooms", "/v1/users/u_1/rooms", RoomAsync),
        new Row.List("users.mentions", "/v1/users/u_1/mentions", MentionAsync),
        new Row.List("users.inbox", "/v1/users/u_1/inbox", ShownAsync),
        new Row.List("webhook_endpoints.list", "/v1/webhook-endpoints", EndpointAsync),
        new Row.List("events.list", "/v1/events", EventAsync),
        new Row.List("event_types.list", "/v1/event-types", EventTypeAsync),
        new Row.List("api_keys.list", "/v1/api-keys", ApiKeyAsync),
        new Row.List("audit_events.list", "/v1/audit-events", ApiKeyAsync),
        new Row.List("jobs.list", "/v1/jobs", JobAsync),
        new Row.List("signing_keys.list", "/v1/signing-keys", SigningKeyAsync),
        new Row.List("providers.list", "/v1/providers", ProviderAsync),
        new Row.List("notifications.list", "/v1/notifications", NotificationAsync),
        new Row.List("deliveries.list", "/v1/deliveries", DeliveryAsync),
        new Row.List("suppressions.list", "/v1/suppressions", SuppressionAsync),
        new Row.List("sandbox.emails.list", "/v1/sandbox/emails", SandboxEmailAsync),

        new Row.ById("users.get", id => $"/v1/users/{id}", UserAsync, "un.known"),
        new Row.ById("users.delete", id => $"/v1/users/{id}", UserAsync, "un.known"),
        new Row.ById("users.unblock", id => $"/v1/users/{id}/blocks/other", BlockerAsync, "un.known"),
        new Row.ById("users.inbox.ack", id => $"/v1/users/u_1/inbox/{id}/ack", ShownAsync, Unknown<NotificationId>()),
        new Row.ById("users.inbox.read", id => $"/v1/users/u_1/inbox/{id}/read", ShownAsync, Unknown<NotificationId>()),
        new Row.ById("users.inbox.archive", id => $"/v1/users/u_1/inbox/{id}/archive", ShownAsync, Unknown<NotificationId>()),
        new Row.ById("rooms.get", id => $"/v1/rooms/{id}", RoomAsync, Unknown<RoomId>()),
        new Row.ById("rooms.update", id => $"/v1/rooms/{id}", RoomAsync, Unknown<RoomId>(), new { name = "renamed" }),
        new Row.ById("rooms.members.list", id => $"/v1/rooms/{id}/members", RoomAsync, Unknown<RoomId>()),
        new Row.ById("rooms.members.put", id => $"/v1/rooms/{id}/members/u_2", RoomAsync, Unknown<RoomId>(), new { }),
        new Row.ById("rooms.members.batch", id => $"/v1/rooms/{id}/members/batch", RoomAsync, Unknown<RoomId>(), new { members = new[] { new { user = "u_3" } } }),
        new Row.ById("rooms.members.remove", id => $"/v1/rooms/{id}/members/u_1", RoomAsync, Unknown<RoomId>()),
        new Row.ById("rooms.read", id => $"/v1/rooms/{id}/read", RoomAsync, Unknown<RoomId>(), new { seq = 1, user = "u_1" }),
        new Row.ById("messages.send", id => $"/v1/rooms/{id}/messages", RoomAsync, Unknown<RoomId>(), new { body = 1 }),
        new Row.ById("messages.send_batch", id => $"/v1/rooms/{id}/messages/batch", RoomAsync, Unknown<RoomId>(), new { messages = new[] { new { body = 1 } } }),
        new Row.ById("messages.list", id => $"/v1/rooms/{id}/messages", RoomAsync, Unknown<RoomId>()),
        new Row.ById("messages.history", id => $"{AtMessage(id)}/history", MessageAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}"),
        new Row.ById("messages.edit", AtMessage, MessageAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}", new { body = 2 }),
        new Row.ById("messages.delete", AtMessage, MessageAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}"),
        new Row.ById("messages.thread", id => $"{AtMessage(id)}/thread", MessageAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}"),
        new Row.ById("messages.react", id => $"{AtMessage(id)}/reactions", MessageAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}", new { key = "ok", from = "u_1" }),
        new Row.ById("messages.unreact", id => $"{AtMessage(id)}/reactions/remove", ReactedAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}", new { key = "ok", from = "u_1" }),
        new Row.ById("messages.reactions", id => $"{AtMessage(id)}/reactions", MessageAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}"),
        new Row.ById("messages.search", id => $"/v1/rooms/{id}/messages/search?q=word", RoomAsync, Unknown<RoomId>()),
        new Row.ById("pins.list", id => $"/v1/rooms/{id}/pins", RoomAsync, Unknown<RoomId>()),
        new Row.ById("pins.put", AtPin, MessageAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}"),
        new Row.ById("pins.remove", AtPin, PinnedAsync, $"{Unknown<RoomId>()}/messages/{Unknown<MessageId>()}"),
        new Row.ById("rooms.delete", id => $"/v1/rooms/{id}", RoomAsync, Unknown<RoomId>()),
        new Row.ById("webhook_endpoints.get", id => $"/v1/webhook-endpoints/{id}", EndpointAsync, Unknown<EndpointId>()),
        new Row.ById("webhook_endpoints.update", id => $"/v1/webhook-endpoints/{id}", EndpointAsync, Unknown<EndpointId>(), new { description = "renamed" }),
        new Row.ById("webhook_endpoints.put", id => $"/v1/webhook-endpoints/{id}", EndpointAsync, Unknown<EndpointId>(), new { url = "https://example.com/other" }),
        new Row.ById("webhook_endpoints.delete", id => $"/v1/webhook-endpoints/{id}", EndpointAsync, Unknown<EndpointId>()),
        new Row.ById("webhook_endpoints.secret", id => $"/v1/webhook-endpoints/{id}/secret", EndpointAsync, Unknown<EndpointId>()),
        new Row.ById("webhook_endpoints.roll_secret", id => $"/v1/webhook-endpoints/{id}/roll-secret", EndpointAsync, Unknown<EndpointId>(), new { overlap_s = 60 }),
        new Row.ById("webhook_endpoints.enable", id => $"/v1/webhook-endpoints/{id}/enable", EndpointAsync, Unknown<EndpointId>()),
        new Row.ById("webhook_endpoints.stats", id => $"/v1/webhook-endpoints/{id}/stats", EndpointAsync, Unknown<EndpointId>()),
        new Row.ById("webhook_endpoints.deliveries", id => $"/v1/webhook-endpoints/{id}/deliveries", EndpointAsync, Unknown<EndpointId>()),
        new Row.ById("webhook_endpoints.replay", id => $"/v1/webhook-endpoints/{id}/replay", EndpointAsync, Unknown<EndpointId>(), new { since = "2026-01-01T00:00:00Z", until = "2026-01-02T00:00:00Z", dry_run = true }),
        new Row.ById("webhook_endpoints.cancel_pending", id => $"/v1/webhook-endpoints/{id}/cancel-pending", EndpointAsync, Unknown<EndpointId>(), new { dry_run = true }),
        new Row.ById("webhook_endpoints.delivery", id => AtDelivery(id), EndpointAndDeliveryAsync, $"{Unknown<EndpointId>()}/deliveries/{Unknown<DeliveryId>()}"),
        new Row.ById("webhook_endpoints.resend", id => $"{AtDelivery(id)}/resend", EndpointAndDeliveryAsync, $"{Unknown<EndpointId>()}/deliveries/{Unknown<DeliveryId>()}"),
        new Row.ById("webhook_endpoints.test", id => $"/v1/webhook-endpoints/{id}/test", EndpointAsync, Unknown<EndpointId>()),
        new Row.ById("events.get", id => $"/v1/events/{id}", EventAsync, Unknown<EventId>()),
        new Row.ById("event_types.get", id => $"/v1/event-types/{id}", EventTypeAsync, "un.known"),
        new Row.ById("api_keys.roll", id => $"/v1/api-keys/{id}/roll", ApiKeyAsync, Unknown<ApiKeyId>(), new { overlap_s = 60 }),
        new Row.ById("api_keys.revoke", id => $"/v1/api-keys/{id}", ApiKeyAsync, Unknown<ApiKeyId>()),
        new Row.ById("jobs.get", id => $"/v1/jobs/{id}", JobAsync, Unknown<JobId>()),
        new Row.ById("signing_keys.delete", id => $"/v1/signing-keys/{id}", SigningKeyAsync, Unknown<SigningKeyId>()),
        new Row.ById("providers.get", id => $"/v1/providers/{id}", ProviderAsync, Unknown<ProviderId>()),
        new Row.ById("providers.update", id => $"/v1/providers/{id}", ProviderAsync, Unknown<ProviderId>(), new { name = "renamed" }),
        new Row.ById("providers.test", id => $"/v1/providers/{id}/test", ProviderAsync, Unknown<ProviderId>(), new { to = "ann@example.com" }),
        new Row.ById("providers.inbound.open", id => $"/v1/providers/{id}/inbound", PostmarkAsync, Unknown<ProviderId>(), new { overlap_s = 60 }),
        new Row.ById("providers.inbound.close", id => $"/v1/providers/{id}/inbound", ProviderAsync, Unknown<ProviderId>()),
        new Row.ById("providers.delete", id => $"/v1/providers/{id}", ProviderAsync, Unknown<ProviderId>()),
        new Row.ById("notifications.get", id => $"/v1/notifications/{id}", NotificationAsync, Unknown<NotificationId>()),
        new Row.ById("notifications.timeline", id => $"/v1/notifications/{id}/timeline", NotificationAsync, Unknown<NotificationId>()),
        new Row.ById("notification_groups.get", id => $"/v1/notification-groups/{id}", GroupAsync, Unknown<GroupId>()),
        new Row.ById("notifications.reschedule", id => $"/v1/notifications/{id}", ScheduledAsync, Unknown<NotificationId>(), new { send_at = DateTimeOffset.UtcNow.AddDays(8) }),
        new Row.ById("notifications.cancel", id => $"/v1/notifications/{id}/cancel", ScheduledAsync, Unknown<NotificationId>()),
        new Row.ById("notifications.resend", id => $"/v1/notifications/{id}/resend", SentAsync, Unknown<NotificationId>()),
        new Row.ById("notifications.content.delete", id => $"/v1/notifications/{id}/content", SentAsync, Unknown<NotificationId>()),
        new Row.ById("deliveries.get", id => $"/v1/deliveries/{id}", DeliveryAsync, Unknown<DeliveryId>()),
        new Row.ById("deliveries.attempts", id => $"/v1/deliveries/{id}/attempts", DeliveryAsync, Unknown<DeliveryId>()),
        new Row.ById("deliveries.why", id => $"/v1/deliveries/{id}/why", DeliveryAsync, Unknown<DeliveryId>()),
        new Row.ById("deliveries.retry", id => $"/v1/deliveries/{id}/retry", EndedDeliveryAsync, Unknown<DeliveryId>()),
        new Row.ById("suppressions.get", id => $"/v1/suppressions/{id}", SuppressionAsync, Unknown<SuppressionId>()),
        new Row.ById("suppressions.delete", id => $"/v1/suppressions/{id}", SuppressionAsync, Unknown<SuppressionId>()),
        new Row.ById("sandbox.emails.mime", id => $"/v1/sandbox/emails/{id}/mime", SandboxEmailAsync, Unknown<SandboxEmailId>()),
        new Row.ById("sandbox.emails.get", id => $"/v1/sandbox/emails/{id}", SandboxEmailAsync, Unknown<SandboxEmailId>()),
    ];

    /// <summary>Operations that have a row already, and take ids of objects in their bodies too.</summary>
    public static IReadOnlyList<Row.IdInBody> IdsInBodies { get; } =
    [
        new("notifications.send", "/v1/notifications", ProviderAsync, Unknown<ProviderId>(), Through),
        new("notifications.preview", "/v1/notifications/preview", ProviderAsync, Unknown<ProviderId>(), Through),
        new("notifications.send", "/v1/notifications", EndpointAsync, Unknown<EndpointId>(), ToEndpoint),
        new("notifications.preview", "/v1/notifications/preview", EndpointAsync, Unknown<EndpointId>(), ToEndpoint),
        new("notifications.send", "/v1/notifications", RoomAsync, Unknown<RoomId>(), ToRoom),
        new("rooms.create", "/v1/rooms", ProviderAsync, Unknown<ProviderId>(), TellThrough),
    ];

    private static object Through(string provider) => new
    {
        to = new { email = "ann@example.com" },
        content = new { subject = "Hello", text = "It works." },
        route = new[] { new { channel = "email", providers = new[] { provider } } },
    };

    private static object ToEndpoint(string endpoint) => new { to = new { webhook = new { endpoint } }, content = new { text = "hi" } };

    private static object ToRoom(string room) => new { to = new { room }, content = new { subject = "Hello", text = "hi" } };

    private static object TellThrough(string provider) => new
    {
        notify = new { after_s = 60, content = new { subject = "Hello", text = "hi" }, route = new[] { new { channel = "email", providers = new[] { provider } } } },
    };

    private static object Mail => new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." } };

    private static object Sandbox => new { type = "sandbox", name = "made by the matrix" };

    private static Func<World, Task<string>> At(string path) => _ => Task.FromResult(path);

    private static string Unknown<T>() where T : struct, IRelayId<T> => RelayId.Format(RelayId.New<T>(DateTimeOffset.UnixEpoch.AddYears(56)));

    private static async Task<string> ApiKeyAsync(TenantAccess owner) => (await owner.Http.SendAsync("/v1/api-keys", new { name = "of the owner" })).Id;

    private static async Task<string> JobAsync(TenantAccess owner) => (await owner.Http.SendAsync("/v1/erasures", new { user = "u_1" })).Id;

    private static async Task<string> SigningKeyAsync(TenantAccess owner) => (await owner.Http.SendAsync("/v1/signing-keys", new { algorithm = "HS256", kid = $"k{Guid.NewGuid():n}" })).Id;

    private static async Task<string> EndpointAsync(TenantAccess owner) => (await owner.Http.SendAsync("/v1/webhook-endpoints", new { url = "https://example.com/hooks" })).Id;

    /// <summary>The ids of both, or one text for both.</summary>
    private static string AtDelivery(string ids) => $"/v1/webhook-endpoints/{(ids.Contains('/', StringComparison.Ordinal) ? ids : $"{ids}/deliveries/{ids}")}";

    /// <summary>Noted while the endpoint was paused, and so ended.</summary>
    private static async Task<string> EndpointAndDeliveryAsync(TenantAccess owner)
    {
        var endpoint = (await owner.Http.SendAsync("/v1/webhook-endpoints", new { url = "https://example.com/hooks", event_types = new[] { "made.*" }, status = "paused" })).Id;
        await owner.Http.SendAsync("/v1/events", new { type = "made.by_the_matrix", data = 1 });
        Said list = null!;
        await Eventually.Async(async () => (list = await owner.Http.ReadAsync($"/v1/webhook-endpoints/{endpoint}/deliveries"))["data"].GetArrayLength() > 0);
        await owner.Http.AskAsync(HttpMethod.Post, $"/v1/webhook-endpoints/{endpoint}/enable");
        return $"{endpoint}/deliveries/{list["data.0.id"].GetString()}";
    }

    private static async Task<string> EventAsync(TenantAccess owner)
    {
        var id = (await owner.Http.SendAsync("/v1/events", new { type = "made.by_the_matrix", data = 1 })).Id;
        await Eventually.Async(async () => (await owner.Http.ReadAsync("/v1/events?limit=100")).Text.Contains(id, StringComparison.Ordinal));
        return id;
    }

    private static async Task<string> EventTypeAsync(TenantAccess owner)
    {
        var name = $"t{Guid.NewGuid():n}.made";
        await owner.Http.AskAsync(HttpMethod.Put, $"/v1/event-types/{name}", new { });
        return name;
    }

    private static async Task<string> RoomAsync(TenantAccess owner) => (await owner.Http.SendAsync("/v1/rooms", new { members = new[] { new { user = "u_1" } } })).Id;

    private static string AtMessage(string ids) => $"/v1/rooms/{(ids.Contains('/', StringComparison.Ordinal) ? ids : $"{ids}/messages/{ids}")}";

    private static async Task<string> MessageAsync(TenantAccess owner)
    {
        var room = await RoomAsync(owner);
        return $"{room}/messages/{(await owner.Http.SendAsync($"/v1/rooms/{room}/messages", new { body = 1 })).Id}";
    }

    private static string AtPin(string ids) => AtMessage(ids).Replace("/messages/", "/pins/", StringComparison.Ordinal);

    private static async Task<string> ReactedAsync(TenantAccess owner)
    {
        var message = await MessageAsync(owner);
        await owner.Http.SendAsync($"{AtMessage(message)}/reactions", new { key = "ok", from = "u_1" });
        return message;
    }

    private static async Task<string> PinnedAsync(TenantAccess owner)
    {
        var message = await MessageAsync(owner);
        await owner.Http.AskAsync(HttpMethod.Put, AtPin(message));
        return message;
    }

    private static async Task<string> MentionAsync(TenantAccess owner) =>
        (await owner.Http.SendAsync($"/v1/rooms/{await RoomAsync(owner)}/messages", new { body = 1, mentions = new[] { "u_1" } })).Id;

    private static async Task<string> UserAsync(TenantAccess owner)
    {
        var user = $"u{Guid.NewGuid():n}";
        await owner.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}", new { display_name = "of the owner" });
        return user;
    }

    private static async Task<string> BlockerAsync(TenantAccess owner)
    {
        var user = $"u{Guid.NewGuid():n}";
        await owner.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}/blocks/other");
        return user;
    }

    private static async Task<string> ProviderAsync(TenantAccess owner) => (await owner.Http.SendAsync("/v1/providers", Sandbox)).Id;

    /// <summary>Of a type that has events; put there past the API, which would end the sandbox that the other rows' mail goes to.</summary>
    private static async Task<string> PostmarkAsync(TenantAccess owner)
    {
        var id = RelayId.New<ProviderId>(DateTimeOffset.UtcNow);
        await owner.Host.SqlAsync("""
            insert into relay.providers (tenant_id, id, channel, type, name, priority, sender, config, status, created_by)
            values ($1, $2, 'email', 'postmark', 'made by the matrix', 100, 'a@example.com', '{}', 'disabled', 'matrix')
            """, RelayId.TryParse<TenantId>(owner.Id, out var tenant) ? tenant.Value : default, id.Value);
        return RelayId.Format(id);
    }

    private static async Task<string> NotificationAsync(TenantAccess owner) => (await owner.Http.SendAsync("/v1/notifications", Mail)).Id;

    /// <summary>In the inbox of u_1.</summary>
    private static async Task<string> ShownAsync(TenantAccess owner)
    {
        const string user = "u_1";
        var id = (await owner.Http.SendAsync("/v1/notifications", new { to = new { user }, content = new { text = "hi" }, route = new[] { new { channel = "websocket" } } })).Id;
        await Eventually.Async(async () => (await owner.Http.ReadAsync($"/v1/users/{user}/inbox?limit=100")).Text.Contains(id, StringComparison.Ordinal));
        return id;
    }

    private static async Task<string> GroupAsync(TenantAccess owner) =>
        (await owner.Http.SendAsync("/v1/notifications", new { to = new { room = await RoomAsync(owner) }, content = new { subject = "Hello", text = "hi" } }))["group_id"].GetString()!;

    private static async Task<string> ScheduledAsync(TenantAccess owner) =>
        (await owner.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Later", text = "x" }, send_at = DateTimeOffset.UtcNow.AddDays(7) })).Id;

    private static async Task<string> SentAsync(TenantAccess owner)
    {
        var id = await NotificationAsync(owner);
        await Eventually.Async(async () => (await owner.Http.ReadAsync($"/v1/notifications/{id}"))["status"].GetString() == "sent");
        return id;
    }

    private static async Task<string> DeliveryAsync(TenantAccess owner) =>
        (await owner.Http.ReadAsync($"/v1/notifications/{await SentAsync(owner)}"))["deliveries.0.id"].GetString()!;

    /// <summary>One that ended without success.</summary>
    private static async Task<string> EndedDeliveryAsync(TenantAccess owner)
    {
        var id = await ScheduledAsync(owner);
        await owner.Http.AskAsync(HttpMethod.Post, $"/v1/notifications/{id}/cancel");
        return (await owner.Http.ReadAsync($"/v1/notifications/{id}"))["deliveries.0.id"].GetString()!;
    }

    private static async Task<string> SuppressionAsync(TenantAccess owner) => (await owner.Http.SendAsync("/v1/suppressions", new { email = $"{Guid.NewGuid():n}@example.com" })).Id;

    private static async Task<string> SandboxEmailAsync(TenantAccess owner)
    {
        await NotificationAsync(owner);
        Said list = null!;
        await Eventually.Async(async () => (list = await owner.Http.ReadAsync("/v1/sandbox/emails"))["data"].GetArrayLength() > 0);
        return list["data.0.id"].GetString()!;
    }
}
