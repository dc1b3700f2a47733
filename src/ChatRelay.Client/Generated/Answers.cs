// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Accepted, as it is answered.</summary>
public sealed record Accepted
{
    /// <summary>Null when there is one for each of several people: then they stand in notifications.</summary>
    public string? Id { get; init; }
    public NotificationStatus? Status { get; init; }
    public string? GroupId { get; init; }
    public IReadOnlyList<AcceptedDelivery> Deliveries { get => field ?? []; init; }
    /// <summary>Only for to.users: one for each, in their order. Those of a room's members are made after the answer.</summary>
    public IReadOnlyList<Accepted> Notifications { get => field ?? []; init; }
}

/// <summary>Accepted delivery, as it is answered.</summary>
public sealed record AcceptedDelivery
{
    public string Id { get => field ?? ""; init; }
    public ChannelName Channel { get; init; }
    public DeliveryStatus Status { get; init; }
}

/// <summary>Alert, as it is answered.</summary>
public sealed record Alert
{
    public string Id { get => field ?? ""; init; }
    public AlertRuleName Rule { get; init; }
    public string Summary { get => field ?? ""; init; }
    public DateTimeOffset FiredAt { get; init; }
    /// <summary>Null while it fires.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }
    /// <summary>The rule's figure when it fired, and at its worst since.</summary>
    public double Value { get; init; }
    public double Worst { get; init; }
    public double Threshold { get; init; }
    public DateTimeOffset? AcknowledgedAt { get; init; }
    public string? AcknowledgedBy { get; init; }
    public IReadOnlyList<AlertTelling> Told { get => field ?? []; init; }
}

/// <summary>Alert page, as it is answered.</summary>
public sealed record AlertPage
{
    public IReadOnlyList<Alert> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Alert route, as it is answered.</summary>
public sealed record AlertRoute
{
    /// <summary>Null: no way is set.</summary>
    public string? Tenant { get; init; }
    public string? Email { get; init; }
    public string? WebhookUrl { get; init; }
}

/// <summary>Alert rule, as it is answered.</summary>
public sealed record AlertRule
{
    public AlertRuleName Rule { get; init; }
    /// <summary>What is broken, up to the threshold.</summary>
    public string Says { get => field ?? ""; init; }
    /// <summary>What the figures count: seconds, a share of one, or things.</summary>
    public AlertUnit Unit { get; init; }
    public bool Enabled { get; init; }
    /// <summary>disk_free fires below it, the others above.</summary>
    public double Threshold { get; init; }
    public double DefaultThreshold { get; init; }
    /// <summary>How long the figure has to be wrong before it fires, and well clear before it resolves.</summary>
    public int ForS { get; init; }
    public int DefaultForS { get; init; }
    /// <summary>The figure as it was judged last; null if nobody knows it.</summary>
    public double? Value { get; init; }
    public DateTimeOffset? JudgedAt { get; init; }
    public bool Firing { get; init; }
    /// <summary>Until then nothing is told of it; what fires still is told afterwards.</summary>
    public DateTimeOffset? SilencedUntil { get; init; }
    public string Runbook { get => field ?? ""; init; }
}

/// <summary>Alert rules, as it is answered.</summary>
public sealed record AlertRules
{
    public IReadOnlyList<AlertRule> Rules { get => field ?? []; init; }
    /// <summary>Whether this node has an address in CHATRELAY_ALERT_URL.</summary>
    public bool Outside { get; init; }
    /// <summary>Whether it has one in CHATRELAY_HEARTBEAT_URL.</summary>
    public bool Heartbeat { get; init; }
}

/// <summary>Alert telling, as it is answered.</summary>
public sealed record AlertTelling
{
    /// <summary>outside: the address in CHATRELAY_ALERT_URL. relay: by way of a tenant.</summary>
    public string Sink { get => field ?? ""; init; }
    /// <summary>fired or resolved.</summary>
    public string Turn { get => field ?? ""; init; }
    public DateTimeOffset? ToldAt { get; init; }
    /// <summary>Why the last try did not get through.</summary>
    public string? Error { get; init; }
}

/// <summary>Api key, as it is answered.</summary>
public sealed record ApiKey
{
    public string Id { get => field ?? ""; init; }
    public string Name { get => field ?? ""; init; }
    public KeyEnvironment Environment { get; init; }
    public IReadOnlyList<string> Scopes { get => field ?? []; init; }
    /// <summary>The key's last four characters.</summary>
    public string Ending { get => field ?? ""; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    /// <summary>When the key was last used, to about a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>Api key page, as it is answered.</summary>
public sealed record ApiKeyPage
{
    public IReadOnlyList<ApiKey> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Audit event, as it is answered.</summary>
public sealed record AuditEvent
{
    public string Id { get => field ?? ""; init; }
    /// <summary>What was done, such as api_key.created.</summary>
    public string Type { get => field ?? ""; init; }
    /// <summary>Who did it: a key's id, operator: and a key's id, or relay.</summary>
    public string? Actor { get; init; }
    /// <summary>The id of what it was done to.</summary>
    public string? Subject { get; init; }
    /// <summary>More about it; never a secret. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Data { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Audit event page, as it is answered.</summary>
public sealed record AuditEventPage
{
    public IReadOnlyList<AuditEvent> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Blocks, as it is answered.</summary>
public sealed record Blocks
{
    public IReadOnlyList<string> Blocked { get => field ?? []; init; }
}

/// <summary>Counted, as it is answered.</summary>
public sealed record Counted
{
    public long Count { get; init; }
    public Job? Job { get; init; }
    /// <summary>The first of what is meant, ten at most. Only a dry run of hold, release, discard and of the replay of deliveries has it.</summary>
    public IReadOnlyList<Sampled>? Sample { get; init; }
}

/// <summary>Portal link, as it is answered.</summary>
public sealed record PortalLink
{
    public string Url { get => field ?? ""; init; }
    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Created tenant, as it is answered.</summary>
public sealed record CreatedTenant
{
    public string Id { get => field ?? ""; init; }
    public string Name { get => field ?? ""; init; }
    public string? ExternalId { get; init; }
    public TenantStatus Status { get; init; }
    public TenantSettings Settings { get => field ?? new(); init; }
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>A live key with every scope. It is shown in this answer only.</summary>
    public string ApiKey { get => field ?? ""; init; }
}

/// <summary>Delivery, as it is answered.</summary>
public sealed record Delivery
{
    public string Id { get => field ?? ""; init; }
    public string? NotificationId { get; init; }
    /// <summary>Null for a notification's step: the event that goes to an endpoint.</summary>
    public string? EventId { get; init; }
    public int Step { get; init; }
    public ChannelName Channel { get; init; }
    public DeliveryStatus Status { get; init; }
    /// <summary>Why it was left out. By a wish of its user: preference_channel, preference_muted_room, preference_muted_user or preference_blocked_user. Mail: no_address; hard_bounce, complaint, unsubscribe or manual, as the suppression, or recipient_cap: the address had enough mail. An event: its endpoint was paused or disabled; it can be replayed. A step of a route: within_s or expires_at when its time ran out, earlier_step_reached, earlier_step_in_doubt, online or offline (skip_if), erased.</summary>
    public string? Reason { get; init; }
    /// <summary>Email only: the provider account.</summary>
    public string? Provider { get; init; }
    /// <summary>That account sends nothing.</summary>
    public bool Sandbox { get; init; }
    public string? Endpoint { get; init; }
    /// <summary>Webhook only: where it goes.</summary>
    public string? Url { get; init; }
    public int Attempts { get; init; }
    public AttemptOutcome? LastOutcome { get; init; }
    /// <summary>It may have gone out although nobody answered for it.</summary>
    public bool MaybeSent { get; init; }
    public string? ProviderMessageId { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }
    /// <summary>The delivery that this one repeats.</summary>
    public string? RetryOf { get; init; }
    public DateTimeOffset? BegunAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public DateTimeOffset? OpenedAt { get; init; }
    public DateTimeOffset? ClickedAt { get; init; }
    public DateTimeOffset? ComplainedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Attempt, as it is answered.</summary>
public sealed record Attempt
{
    public string Id { get => field ?? ""; init; }
    public int Number { get; init; }
    /// <summary>automatic, manual or replay.</summary>
    public string Trigger { get => field ?? ""; init; }
    public string? Provider { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public int DurationMs { get; init; }
    public AttemptOutcome Outcome { get; init; }
    public bool MaybeSent { get; init; }
    public string? Detail { get; init; }
    public int? ResponseStatus { get; init; }
    /// <summary>Names and values as they came. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? ResponseHeaders { get; init; }
    /// <summary>The first 16 KiB, read as UTF-8; what is none is replaced.</summary>
    public string? ResponseBody { get; init; }
    public string? ProviderMessageId { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }
}

/// <summary>Attempt list, as it is answered.</summary>
public sealed record AttemptList
{
    public IReadOnlyList<Attempt> Data { get => field ?? []; init; }
}

/// <summary>Delivery page, as it is answered.</summary>
public sealed record DeliveryPage
{
    public IReadOnlyList<Delivery> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Endpoint, as it is answered.</summary>
public sealed record Endpoint
{
    public string Id { get => field ?? ""; init; }
    public string? ExternalId { get; init; }
    public string? Account { get; init; }
    public string Url { get => field ?? ""; init; }
    public string? Description { get; init; }
    public IReadOnlyList<string> EventTypes { get => field ?? []; init; }
    /// <summary>The last characters of each value: at most four, and at most a third.</summary>
    public IReadOnlyDictionary<string, string> Headers { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }
    public double? MaxRatePerS { get; init; }
    public int TimeoutS { get; init; }
    public IReadOnlyList<int>? RetryScheduleS { get; init; }
    public bool Ordered { get; init; }
    public PayloadForm Payload { get; init; }
    public SignatureKind Signature { get; init; }
    public SwitchStatus Status { get; init; }
    /// <summary>Yours, or the relay's: gone (it answered 410), failing (days of nothing but failures).</summary>
    public string? DisabledReason { get; init; }
    /// <summary>open: it failed too often in a row, and is left alone for a while. degraded: it is tried again, a few events at a time.</summary>
    public HealthState Health { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    /// <summary>Only when it was made: what the receiver checks with, whsec_… or whpk_….</summary>
    public string? Secret { get; init; }
}

/// <summary>Endpoint delivery, as it is answered.</summary>
public sealed record EndpointDelivery
{
    public Delivery Delivery { get => field ?? new(); init; }
    public string? EventType { get; init; }
    /// <summary>What is posted; null for a notification's step, and when the event is not kept any more.</summary>
    public string? Body { get; init; }
    /// <summary>The first one first, with the answers' first 16 KiB.</summary>
    public IReadOnlyList<Attempt> Attempts { get => field ?? []; init; }
}

/// <summary>Endpoint page, as it is answered.</summary>
public sealed record EndpointPage
{
    public IReadOnlyList<Endpoint> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Endpoint secrets, as it is answered.</summary>
public sealed record EndpointSecrets
{
    /// <summary>whsec_… for hmac; whpk_… for ed25519: what signs never leaves the relay.</summary>
    public string Secret { get => field ?? ""; init; }
    public SignatureKind Signature { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Those before it that sign too, until they end.</summary>
    public IReadOnlyList<EndpointSecretsOld> Previous { get => field ?? []; init; }
}

/// <summary>Endpoint secrets old, as it is answered.</summary>
public sealed record EndpointSecretsOld
{
    public string Secret { get => field ?? ""; init; }
    public DateTimeOffset? EndsAt { get; init; }
}

/// <summary>Endpoint stats, as it is answered.</summary>
public sealed record EndpointStats
{
    /// <summary>The newest first.</summary>
    public IReadOnlyList<EndpointStatsDay> Days { get => field ?? []; init; }
}

/// <summary>Endpoint stats day, as it is answered.</summary>
public sealed record EndpointStatsDay
{
    /// <summary>In UTC.</summary>
    public string Date { get => field ?? ""; init; }
    public long Deliveries { get; init; }
    public long Sent { get; init; }
    public long Failed { get; init; }
    /// <summary>Left out while the endpoint was paused or disabled.</summary>
    public long Skipped { get; init; }
    public long Pending { get; init; }
    /// <summary>Deliveries a second, over the day or what has passed of it.</summary>
    public double PerSecond { get; init; }
    public long Attempts { get; init; }
    public long FailedAttempts { get; init; }
    /// <summary>Of the attempts.</summary>
    public double FailureShare { get; init; }
    public double? P50Ms { get; init; }
    public double? P95Ms { get; init; }
    public double? P99Ms { get; init; }
}

/// <summary>Entry, as it is answered.</summary>
public sealed record Entry
{
    public long Seq { get; init; }
    public string? Id { get; init; }
    /// <summary>`skip` stands for the numbers from seq to `to`: they are not for this viewer, or expired.</summary>
    public string Kind { get => field ?? ""; init; }
    public long? To { get; init; }
    public Sender? From { get; init; }
    public string? Type { get; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Body { get; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Encrypted { get; init; }
    public string? About { get; init; }
    public string? ReplyTo { get; init; }
    public IReadOnlyList<string>? Mentions { get; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Metadata { get; init; }
    public string? ClientId { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    /// <summary>Its content was deleted or erased.</summary>
    public bool Deleted { get; init; }
    /// <summary>What a message has by now. Null for what is no message, and in a history.</summary>
    public Marks? Marks { get; init; }
}

/// <summary>Event, as it is answered.</summary>
public sealed record Event
{
    public string Id { get => field ?? ""; init; }
    /// <summary>One of the relay's, such as notification.sent, or one of your own.</summary>
    public string Type { get => field ?? ""; init; }
    /// <summary>Your own customer, for events that were published for one.</summary>
    public string? Account { get; init; }
    /// <summary>Your own end user, for events that were published about one.</summary>
    public string? User { get; init; }
    /// <summary>The id of what it is about, for the relay's own events.</summary>
    public string? Subject { get; init; }
    public string? OrderingKey { get; init; }
    public string? ClientId { get; init; }
    /// <summary>What was published, as the same text; for the relay's own events ids and numbers, never content. null once it was erased. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Data { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Event page, as it is answered.</summary>
public sealed record EventPage
{
    public IReadOnlyList<Event> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    /// <summary>Where to go on; given also at the end of the log, so that a reader who comes again misses nothing. Null only while there has been no event.</summary>
    public string? NextCursor { get; init; }
    /// <summary>Changes when the log was set back, by a restore or a failover of the database: the last events that you read may be gone from it. The cursor goes on all the same.</summary>
    public string Epoch { get => field ?? ""; init; }
}

/// <summary>Event type, as it is answered.</summary>
public sealed record EventType
{
    public string Name { get => field ?? ""; init; }
    public string? Description { get; init; }
    /// <summary>As it was given. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Schema { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Event type list, as it is answered.</summary>
public sealed record EventTypeList
{
    public IReadOnlyList<EventType> Data { get => field ?? []; init; }
}

/// <summary>One thing wrong in a body. What was given is never repeated.</summary>
public sealed record Fault
{
    /// <summary>Where, as an RFC 6901 pointer. Unknown names over 128 characters are cut off with an ellipsis.</summary>
    public string Pointer { get => field ?? ""; init; }
    public FaultCode Code { get; init; }
    /// <summary>What would be right.</summary>
    public string Detail { get => field ?? ""; init; }
}

/// <summary>Health bus, as it is answered.</summary>
public sealed record HealthBus
{
    /// <summary>What carries the bus between nodes: postgres, redis, or process (this node is alone).</summary>
    public string Kind { get => field ?? ""; init; }
    /// <summary>away: this node does not hear itself over it. Nothing is lost; sockets hear of what other nodes took a little later.</summary>
    public string Status { get => field ?? ""; init; }
}

/// <summary>Health database, as it is answered.</summary>
public sealed record HealthDatabase
{
    public string Version { get => field ?? ""; init; }
    public int Schema { get; init; }
    public long SizeBytes { get; init; }
    /// <summary>The age of the oldest transaction: a snapshot of minutes keeps dead rows alive.</summary>
    public double OldestTransactionS { get; init; }
    /// <summary>What a COMMIT is worth: disk, standby (a synchronous standby holds it too) or platform (the platform sees to it).</summary>
    public string Durability { get => field ?? ""; init; }
}

/// <summary>Health detailed, as it is answered.</summary>
public sealed record HealthDetailed
{
    public string Status { get => field ?? ""; init; }
    /// <summary>The whole relay rests: see /v1/ops/pause.</summary>
    public bool Paused { get; init; }
    public string Node { get => field ?? ""; init; }
    public string Version { get => field ?? ""; init; }
    public IReadOnlyList<string> Roles { get => field ?? []; init; }
    public int LiveNodes { get; init; }
    public HealthBus Bus { get => field ?? new(); init; }
    public DateTimeOffset Time { get; init; }
    public HealthDatabase Database { get => field ?? new(); init; }
    public long MemoryBytes { get; init; }
}

/// <summary>Health status, as it is answered.</summary>
public sealed record HealthStatus
{
    public string Status { get => field ?? ""; init; }
}

/// <summary>Inbox item, as it is answered.</summary>
public sealed record InboxItem
{
    public string Id { get => field ?? ""; init; }
    /// <summary>Its number in this inbox. A notification that is sent again moves to a new one.</summary>
    public long Seq { get; init; }
    public InboxState State { get; init; }
    /// <summary>As a device gets it: category, external_id, tags, metadata and content; null once it was erased. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Notification { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? AckedAt { get; init; }
    /// <summary>Null also when it was read with all others at once.</summary>
    public DateTimeOffset? ReadAt { get; init; }
    public DateTimeOffset? ArchivedAt { get; init; }
}

/// <summary>Inbox moved, as it is answered.</summary>
public sealed record InboxMoved
{
    /// <summary>Null when all were read at once.</summary>
    public InboxItem? Entry { get; init; }
    /// <summary>Null while nothing was ever put into the inbox.</summary>
    public string? Epoch { get; init; }
    public long Head { get; init; }
    public long Unread { get; init; }
}

/// <summary>Job, as it is answered.</summary>
public sealed record Job
{
    public string Id { get => field ?? ""; init; }
    /// <summary>What it does, such as erasure or tenant_deletion.</summary>
    public string Kind { get => field ?? ""; init; }
    public JobStatus Status { get; init; }
    /// <summary>How many rows it has worked on.</summary>
    public long Done { get; init; }
    /// <summary>How many there are, once that is known.</summary>
    public long? Total { get; init; }
    public string? Error { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>Job page, as it is answered.</summary>
public sealed record JobPage
{
    public IReadOnlyList<Job> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Kept email, as it is answered.</summary>
public sealed record KeptEmail
{
    public string Id { get => field ?? ""; init; }
    public string DeliveryId { get => field ?? ""; init; }
    public bool Sandbox { get; init; }
    /// <summary>The mail's fields as a provider would have got them. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Mail { get; init; }
    /// <summary>Of the rendered mail, in bytes; null when it was erased.</summary>
    public int? Size { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>As they stand in the rendered mail, in order and unfolded. The whole of it is at …/mime.</summary>
    public IReadOnlyList<RenderedHeader> Headers { get => field ?? []; init; }
}

/// <summary>Inbox list, as it is answered.</summary>
public sealed record InboxList
{
    public IReadOnlyList<InboxItem> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
    /// <summary>Of the whole inbox, whatever is listed.</summary>
    public long Unread { get; init; }
    /// <summary>With head: the position that a socket goes on from. Null while nothing was ever put into the inbox.</summary>
    public string? Epoch { get; init; }
    public long Head { get; init; }
}

/// <summary>Room member, as it is answered.</summary>
public sealed record RoomMember
{
    public string User { get => field ?? ""; init; }
    public MemberRole Role { get; init; }
    /// <summary>False for who is kept out by a ban; users are not shown those.</summary>
    public bool Member { get; init; }
    public DateTimeOffset? MutedUntil { get; init; }
    public DateTimeOffset? BannedUntil { get; init; }
    public DateTimeOffset JoinedAt { get; init; }
}

/// <summary>Room member page, as it is answered.</summary>
public sealed record RoomMemberPage
{
    public IReadOnlyList<RoomMember> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Mention, as it is answered.</summary>
public sealed record Mention
{
    public string Room { get => field ?? ""; init; }
    public Entry Message { get => field ?? new(); init; }
}

/// <summary>Mention page, as it is answered.</summary>
public sealed record MentionPage
{
    public IReadOnlyList<Mention> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Message list, as it is answered.</summary>
public sealed record MessageList
{
    /// <summary>Ascending, each number once.</summary>
    public IReadOnlyList<Entry> Data { get => field ?? []; init; }
    public string Epoch { get => field ?? ""; init; }
    public long Head { get; init; }
    /// <summary>The lowest number that is still here.</summary>
    public long First { get; init; }
    public bool HasMore { get; init; }
}

/// <summary>Reaction list, as it is answered.</summary>
public sealed record ReactionList
{
    public IReadOnlyList<Reaction> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
}

/// <summary>Reaction, as it is answered.</summary>
public sealed record Reaction
{
    public string User { get => field ?? ""; init; }
    public string? Key { get; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Encrypted { get; init; }
    /// <summary>Of the entry that says it.</summary>
    public long Seq { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>User room, as it is answered.</summary>
public sealed record UserRoom
{
    public Room Room { get => field ?? new(); init; }
    public MemberRole Role { get; init; }
    public DateTimeOffset? MutedUntil { get; init; }
    public string Epoch { get => field ?? ""; init; }
    public long Head { get; init; }
    /// <summary>The lowest number that is still here.</summary>
    public long First { get; init; }
    /// <summary>How far this user has read.</summary>
    public long Read { get; init; }
    public long Unread { get; init; }
    public DateTimeOffset ActiveAt { get; init; }
}

/// <summary>User room page, as it is answered.</summary>
public sealed record UserRoomPage
{
    public IReadOnlyList<UserRoom> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Read mark, as it is answered.</summary>
public sealed record ReadMark
{
    public long Read { get; init; }
    public long Unread { get; init; }
}

/// <summary>Marks, as it is answered.</summary>
public sealed record Marks
{
    /// <summary>In the order in which they came up.</summary>
    public IReadOnlyList<MarksCount> Reactions { get => field ?? []; init; }
    public long Replies { get; init; }
    public long? LastReplySeq { get; init; }
    public bool Pinned { get; init; }
    /// <summary>How it reads now; null if it was not edited.</summary>
    public MarksEdit? Edit { get; init; }
}

/// <summary>Marks count, as it is answered.</summary>
public sealed record MarksCount
{
    /// <summary>Null: all encrypted ones together, which the relay cannot tell apart.</summary>
    public string? Key { get; init; }
    public long Count { get; init; }
    /// <summary>The user whose token it is has it.</summary>
    public bool Own { get; init; }
}

/// <summary>Marks edit, as it is answered.</summary>
public sealed record MarksEdit
{
    public long Seq { get; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Body { get; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Encrypted { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Message history, as it is answered.</summary>
public sealed record MessageHistory
{
    /// <summary>The message first, then its edits as they came; the last one is how it reads now. Of a deleted message no content is left.</summary>
    public IReadOnlyList<Entry> Data { get => field ?? []; init; }
    /// <summary>There are more than 200 edits: the rest stands in the room's log.</summary>
    public bool HasMore { get; init; }
}

/// <summary>Message thread, as it is answered.</summary>
public sealed record MessageThread
{
    public Entry Message { get => field ?? new(); init; }
    /// <summary>The replies, ascending. What replies to one of them is its own thread.</summary>
    public IReadOnlyList<Entry> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
}

/// <summary>Minted token, as it is answered.</summary>
public sealed record MintedToken
{
    public string Token { get => field ?? ""; init; }
    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Moved, as it is answered.</summary>
public sealed record Moved
{
    public string Id { get => field ?? ""; init; }
    public NotificationStatus Status { get; init; }
}

/// <summary>New api key, as it is answered.</summary>
public sealed record NewApiKey
{
    public string Id { get => field ?? ""; init; }
    public string Name { get => field ?? ""; init; }
    public KeyEnvironment Environment { get; init; }
    public IReadOnlyList<string> Scopes { get => field ?? []; init; }
    /// <summary>The key's last four characters.</summary>
    public string Ending { get => field ?? ""; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    /// <summary>When the key was last used, to about a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
    /// <summary>The key. It is shown in this answer only.</summary>
    public string Key { get => field ?? ""; init; }
}

/// <summary>New operator key, as it is answered.</summary>
public sealed record NewOperatorKey
{
    public string Id { get => field ?? ""; init; }
    public string Name { get => field ?? ""; init; }
    public OperatorRole Role { get; init; }
    /// <summary>The key's last four characters.</summary>
    public string Ending { get => field ?? ""; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    /// <summary>When the key was last used, to about a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
    /// <summary>The key. It is shown in this answer only.</summary>
    public string Key { get => field ?? ""; init; }
}

/// <summary>New signing key, as it is answered.</summary>
public sealed record NewSigningKey
{
    public string Id { get => field ?? ""; init; }
    /// <summary>What a token's header names the key by.</summary>
    public string Kid { get => field ?? ""; init; }
    public SigningAlgorithm Algorithm { get; init; }
    /// <summary>The public key in PEM; null for HS256.</summary>
    public string? PublicKey { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>The secret, if it was made here. It is shown in this answer only. Its UTF-8 bytes are the key of HS256: use the text as it stands.</summary>
    public string? Secret { get; init; }
}

/// <summary>Notification, as it is answered.</summary>
public sealed record Notification
{
    public string Id { get => field ?? ""; init; }
    public NotificationStatus Status { get; init; }
    public string? GroupId { get; init; }
    /// <summary>As it was accepted, of several people this one; empty once the person was erased. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? To { get; init; }
    public string? Category { get; init; }
    /// <summary>The user whose doing it is.</summary>
    public string? From { get; init; }
    public Priority Priority { get; init; }
    public DateTimeOffset? SendAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public string? ExternalId { get; init; }
    public IReadOnlyList<string> Tags { get => field ?? []; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Metadata { get; init; }
    /// <summary>True once the content was erased.</summary>
    public bool Erased { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public IReadOnlyList<Delivery> Deliveries { get => field ?? []; init; }
}

/// <summary>Notification page, as it is answered.</summary>
public sealed record NotificationPage
{
    public IReadOnlyList<Notification> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Opened inbound, as it is answered.</summary>
public sealed record OpenedInbound
{
    /// <summary>Give it to the provider. It is shown only here; whoever knows it may try to post events. Under CHATRELAY_PUBLIC_URL, or else as you have just called the relay.</summary>
    public string Url { get => field ?? ""; init; }
    /// <summary>What is still missing before events are taken: config.verification_key, config.topic_arn or credentials.webhook_signing_key.</summary>
    public string? Needs { get; init; }
}

/// <summary>Operator key, as it is answered.</summary>
public sealed record OperatorKey
{
    public string Id { get => field ?? ""; init; }
    public string Name { get => field ?? ""; init; }
    public OperatorRole Role { get; init; }
    /// <summary>The key's last four characters.</summary>
    public string Ending { get => field ?? ""; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    /// <summary>When the key was last used, to about a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>Operator key page, as it is answered.</summary>
public sealed record OperatorKeyPage
{
    public IReadOnlyList<OperatorKey> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Outbound allowance, as it is answered.</summary>
public sealed record OutboundAllowance
{
    /// <summary>A range of addresses.</summary>
    public string Cidr { get => field ?? ""; init; }
    /// <summary>Ports; none is every port.</summary>
    public IReadOnlyList<int> Ports { get => field ?? []; init; }
    /// <summary>What may be called there.</summary>
    public OutboundUse Use { get; init; }
}

/// <summary>Own tenant, as it is answered.</summary>
public sealed record OwnTenant
{
    public string Id { get => field ?? ""; init; }
    public KeyEnvironment Environment { get; init; }
    public string Name { get => field ?? ""; init; }
    public string? ExternalId { get; init; }
    public IReadOnlyList<string> AllowedOrigins { get => field ?? []; init; }
    public int RetentionDays { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Pause, as it is answered.</summary>
public sealed record Pause
{
    public bool Paused { get; init; }
    public DateTimeOffset? Since { get; init; }
    /// <summary>The operator who paused it, or `relay`: it found itself on a restored database.</summary>
    public string? By { get; init; }
    /// <summary>When the restored database was last in use, until it is resumed. What was accepted before may have been sent since.</summary>
    public DateTimeOffset? RestoredAsOf { get; init; }
    /// <summary>What waits and is not held: it would be sent, now or at its time. While the relay is not at rest, as it was counted some seconds ago, without groups and sample; at rest, counted in full, and again when ten times as long has passed as that took.</summary>
    public long Deliveries { get; init; }
    /// <summary>Of these, what was accepted before restored_as_of: perhaps it would be sent again.</summary>
    public long Again { get; init; }
    /// <summary>The largest first, 100 at most.</summary>
    public IReadOnlyList<PauseGroup> Groups { get => field ?? []; init; }
    public bool MoreGroups { get; init; }
    /// <summary>The first to go.</summary>
    public IReadOnlyList<PauseWaiting> Sample { get => field ?? []; init; }
}

/// <summary>Pause group, as it is answered.</summary>
public sealed record PauseGroup
{
    public string Tenant { get => field ?? ""; init; }
    public string Environment { get => field ?? ""; init; }
    public ChannelName Channel { get; init; }
    public long Deliveries { get; init; }
    public long Again { get; init; }
    public long Due { get; init; }
    public DateTimeOffset OldestDueAt { get; init; }
}

/// <summary>Pause waiting, as it is answered.</summary>
public sealed record PauseWaiting
{
    public string Id { get => field ?? ""; init; }
    public string Tenant { get => field ?? ""; init; }
    public string Environment { get => field ?? ""; init; }
    public ChannelName Channel { get; init; }
    public DateTimeOffset AcceptedAt { get; init; }
    public DateTimeOffset DueAt { get; init; }
    public int Attempts { get; init; }
    public bool Again { get; init; }
    /// <summary>An attempt was under way when the backup was taken, or its node died.</summary>
    public bool Begun { get; init; }
}

/// <summary>Pauses, as it is answered.</summary>
public sealed record Pauses
{
    public IReadOnlyList<PausesChannel> Channels { get => field ?? []; init; }
    /// <summary>The first thousand.</summary>
    public IReadOnlyList<PausesTenant> Tenants { get => field ?? []; init; }
}

/// <summary>Pauses channel, as it is answered.</summary>
public sealed record PausesChannel
{
    public ChannelName Name { get; init; }
    public DateTimeOffset Since { get; init; }
    public string By { get => field ?? ""; init; }
}

/// <summary>Pauses tenant, as it is answered.</summary>
public sealed record PausesTenant
{
    public string Id { get => field ?? ""; init; }
    public string Name { get => field ?? ""; init; }
    public DateTimeOffset Since { get; init; }
    public string By { get => field ?? ""; init; }
}

/// <summary>Pins, as it is answered.</summary>
public sealed record Pins
{
    public IReadOnlyList<PinsPin> Data { get => field ?? []; init; }
}

/// <summary>Pins pin, as it is answered.</summary>
public sealed record PinsPin
{
    public Entry Message { get => field ?? new(); init; }
    /// <summary>Null where the tenant did.</summary>
    public string? PinnedBy { get; init; }
    public long Seq { get; init; }
    public DateTimeOffset PinnedAt { get; init; }
}

/// <summary>Preferences, as it is answered.</summary>
public sealed record Preferences
{
    public IReadOnlyDictionary<string, ChannelWishes> Categories { get => field ?? ReadOnlyDictionary<string, ChannelWishes>.Empty; init; }
    public IReadOnlyList<string> MutedRooms { get => field ?? []; init; }
    public IReadOnlyList<string> MutedUsers { get => field ?? []; init; }
}

/// <summary>Channel wishes, as it is answered.</summary>
public sealed record ChannelWishes
{
    public bool? Websocket { get; init; }
    public bool? Email { get; init; }
    public bool? Webhook { get; init; }
}

/// <summary>Preview, as it is answered.</summary>
public sealed record Preview
{
    public IReadOnlyList<PreviewStep> Steps { get => field ?? []; init; }
}

/// <summary>Preview step, as it is answered.</summary>
public sealed record PreviewStep
{
    public ChannelName Channel { get; init; }
    public UntilState Until { get; init; }
    public int? WithinS { get; init; }
    public WhenUnknown OnUnknown { get; init; }
    /// <summary>The accounts that would be tried, in this order.</summary>
    public IReadOnlyList<string> Providers { get => field ?? []; init; }
    /// <summary>The first of them sends nothing.</summary>
    public bool Sandbox { get; init; }
    public string? Url { get; init; }
    /// <summary>The address gets no mail of this kind.</summary>
    public bool Suppressed { get; init; }
    public SuppressionReason? SuppressedReason { get; init; }
    /// <summary>The mail's fields, to the first of several whose address is known, without copies that are suppressed; the id is made when it is sent.</summary>
    public SandboxMail? Mail { get; init; }
    /// <summary>The mail as it would go over the wire, before any signature of the account's.</summary>
    public RenderedMail? Rendered { get; init; }
}

/// <summary>Rendered mail, as it is answered.</summary>
public sealed record RenderedMail
{
    /// <summary>Of the whole, in bytes.</summary>
    public int Size { get; init; }
    /// <summary>In order and unfolded.</summary>
    public IReadOnlyList<RenderedHeader> Headers { get => field ?? []; init; }
    /// <summary>Its first 64 KiB: mostly all but what is attached.</summary>
    public string Mime { get => field ?? ""; init; }
}

/// <summary>Provider, as it is answered.</summary>
public sealed record Provider
{
    public string Id { get => field ?? ""; init; }
    public ChannelName Channel { get; init; }
    public ProviderType Type { get; init; }
    public string Name { get => field ?? ""; init; }
    public int Priority { get; init; }
    /// <summary>enabled, paused or disabled: what you, or the relay, have set.</summary>
    public SwitchStatus Status { get; init; }
    /// <summary>auth_failed: the provider refused the credentials, and the relay paused the account. replaced: the sandbox of a live environment, once there was another account.</summary>
    public string? StatusReason { get; init; }
    /// <summary>open: it failed too often, and nothing is sent through it for a while. degraded: it is tried again, a few mails at a time.</summary>
    public HealthState Health { get; init; }
    /// <summary>It sends nothing.</summary>
    public bool Sandbox { get; init; }
    public ProviderSender? From { get; init; }
    /// <summary>The members of its type. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Config { get; init; }
    /// <summary>The last characters of each: at most four, and at most a third.</summary>
    public IReadOnlyDictionary<string, string> Credentials { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }
    /// <summary>ready: it is told what became of its mail. incomplete: there is an inbound URL, but what verifies its events is missing. A step can wait for delivered only through an account that is ready.</summary>
    public InboundState Inbound { get; init; }
    public double? MaxRatePerS { get; init; }
    public long? DailyQuota { get; init; }
    /// <summary>How many mails it took today (UTC); null without a quota.</summary>
    public long? TakenToday { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Provider page, as it is answered.</summary>
public sealed record ProviderPage
{
    public IReadOnlyList<Provider> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Provider sender, as it is answered.</summary>
public sealed record ProviderSender
{
    public string Email { get => field ?? ""; init; }
    public string? Name { get; init; }
}

/// <summary>Public keys, as it is answered.</summary>
public sealed record PublicKeys
{
    public IReadOnlyList<PublicKeysKey> Keys { get => field ?? []; init; }
}

/// <summary>Public keys key, as it is answered.</summary>
public sealed record PublicKeysKey
{
    public string Kty { get => field ?? ""; init; }
    public string Crv { get => field ?? ""; init; }
    public string X { get => field ?? ""; init; }
    public string Kid { get => field ?? ""; init; }
    public string Alg { get => field ?? ""; init; }
    public string Use { get => field ?? ""; init; }
}

/// <summary>Published event, as it is answered.</summary>
public sealed record PublishedEvent
{
    public string Id { get => field ?? ""; init; }
    public bool Duplicate { get; init; }
}

/// <summary>Notification group, as it is answered.</summary>
public sealed record NotificationGroup
{
    public string Id { get => field ?? ""; init; }
    public string? Room { get; init; }
    public GroupStatus Status { get; init; }
    /// <summary>How many notifications there are. GET /v1/notifications?group= lists them.</summary>
    public long Made { get; init; }
    /// <summary>Why no more are made at the moment, such as no_provider or backlog_full.</summary>
    public string? WaitsFor { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>User presence, as it is answered.</summary>
public sealed record UserPresence
{
    public string User { get => field ?? ""; init; }
    /// <summary>invisible is shown to the user alone; to others it is offline.</summary>
    public PresenceStatus Status { get; init; }
    /// <summary>What the user says about it; null for who is offline.</summary>
    public string? Text { get; init; }
    /// <summary>When others saw the user for the last time. null while they do, and for who was never seen.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }
}

/// <summary>User presence list, as it is answered.</summary>
public sealed record UserPresenceList
{
    public IReadOnlyList<UserPresence> Data { get => field ?? []; init; }
}

/// <summary>Origin secret, as it is answered.</summary>
public sealed record OriginSecret
{
    public string Origin { get => field ?? ""; init; }
    public string Secret { get => field ?? ""; init; }
}

/// <summary>Rendered header, as it is answered.</summary>
public sealed record RenderedHeader
{
    public string Name { get => field ?? ""; init; }
    public string Value { get => field ?? ""; init; }
}

/// <summary>Repeated, as it is answered.</summary>
public sealed record Repeated
{
    /// <summary>The notification; null for an event's delivery, which has none.</summary>
    public string? Id { get; init; }
    public NotificationStatus Status { get; init; }
    /// <summary>The new deliveries, in the order of the route.</summary>
    public IReadOnlyList<string> Deliveries { get => field ?? []; init; }
}

/// <summary>Room, as it is answered.</summary>
public sealed record Room
{
    public string Id { get => field ?? ""; init; }
    public string? ExternalId { get; init; }
    public RoomType Type { get; init; }
    public string? Name { get; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Metadata { get; init; }
    public int MaxMembers { get; init; }
    public WritePolicy Write { get; init; }
    public HistoryPolicy History { get; init; }
    public bool Encrypted { get; init; }
    public int? RetentionDays { get; init; }
    public int? MessageTtlS { get; init; }
    /// <summary>How members are told who have not read. Not for users. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Notify { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Room page, as it is answered.</summary>
public sealed record RoomPage
{
    public IReadOnlyList<Room> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Sampled, as it is answered.</summary>
public sealed record Sampled
{
    public string Delivery { get => field ?? ""; init; }
    public string Tenant { get => field ?? ""; init; }
    public KeyEnvironment Environment { get; init; }
}

/// <summary>Sandbox email, as it is answered.</summary>
public sealed record SandboxEmail
{
    public string Id { get => field ?? ""; init; }
    public string DeliveryId { get => field ?? ""; init; }
    public bool Sandbox { get; init; }
    /// <summary>The mail's fields as a provider would have got them. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Mail { get; init; }
    /// <summary>Of the rendered mail, in bytes; null when it was erased.</summary>
    public int? Size { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Sandbox email page, as it is answered.</summary>
public sealed record SandboxEmailPage
{
    public IReadOnlyList<SandboxEmail> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Sandbox mail, as it is answered.</summary>
public sealed record SandboxMail
{
    public string MessageId { get => field ?? ""; init; }
    public SandboxMailBox From { get => field ?? new(); init; }
    public SandboxMailBox To { get => field ?? new(); init; }
    public IReadOnlyList<SandboxMailBox> Cc { get => field ?? []; init; }
    public IReadOnlyList<SandboxMailBox> Bcc { get => field ?? []; init; }
    public IReadOnlyList<SandboxMailBox> ReplyTo { get => field ?? []; init; }
    public string Subject { get => field ?? ""; init; }
    public string? Text { get; init; }
    public string? Html { get; init; }
    public IReadOnlyDictionary<string, string> Headers { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }
    public IReadOnlyList<SandboxMailFile> Attachments { get => field ?? []; init; }
}

/// <summary>Sandbox mail box, as it is answered.</summary>
public sealed record SandboxMailBox
{
    public string Email { get => field ?? ""; init; }
    public string? Name { get; init; }
}

/// <summary>Sandbox mail file, as it is answered.</summary>
public sealed record SandboxMailFile
{
    public string Filename { get => field ?? ""; init; }
    public string ContentType { get => field ?? ""; init; }
    public int Bytes { get; init; }
    public string? ContentId { get; init; }
}

/// <summary>Search messages, as it is answered.</summary>
public sealed record SearchMessages
{
    public IReadOnlyList<Entry> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
}

/// <summary>Accepted batch, as it is answered.</summary>
public sealed record AcceptedBatch
{
    public IReadOnlyList<SendBatchItem> Data { get => field ?? []; init; }
}

/// <summary>Send batch item, as it is answered.</summary>
public sealed record SendBatchItem
{
    public int Index { get; init; }
    public string? Id { get; init; }
    public NotificationStatus? Status { get; init; }
    public SendBatchItemProblem? Problem { get; init; }
}

/// <summary>Send batch item fault, as it is answered.</summary>
public sealed record SendBatchItemFault
{
    public string Pointer { get => field ?? ""; init; }
    public string Code { get => field ?? ""; init; }
    public string Detail { get => field ?? ""; init; }
}

/// <summary>Send batch item problem, as it is answered.</summary>
public sealed record SendBatchItemProblem
{
    public string Code { get => field ?? ""; init; }
    public string Detail { get => field ?? ""; init; }
    public IReadOnlyList<SendBatchItemFault> Errors { get => field ?? []; init; }
}

/// <summary>Batch sent, as it is answered.</summary>
public sealed record BatchSent
{
    public IReadOnlyList<BatchSentItem> Data { get => field ?? []; init; }
}

/// <summary>Multi sent, as it is answered.</summary>
public sealed record MultiSent
{
    public IReadOnlyList<MultiSentItem> Data { get => field ?? []; init; }
}

/// <summary>Multi sent item, as it is answered.</summary>
public sealed record MultiSentItem
{
    public string Room { get => field ?? ""; init; }
    public BatchSentItem Result { get => field ?? new(); init; }
}

/// <summary>Batch refused item, as it is answered.</summary>
public sealed record BatchRefusedItem
{
    public string Code { get => field ?? ""; init; }
    public string Detail { get => field ?? ""; init; }
}

/// <summary>Batch sent item, as it is answered.</summary>
public sealed record BatchSentItem
{
    public string? Id { get; init; }
    public long? Seq { get; init; }
    public string? Epoch { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public bool? Duplicate { get; init; }
    public BatchRefusedItem? Problem { get; init; }
}

/// <summary>Sender, as it is answered.</summary>
public sealed record Sender
{
    public string? User { get; init; }
    public string? Device { get; init; }
    public string? Via { get; init; }
}

/// <summary>Sent, as it is answered.</summary>
public sealed record Sent
{
    public string Id { get => field ?? ""; init; }
    /// <summary>The durable acknowledgement; null for an ephemeral message.</summary>
    public long? Seq { get; init; }
    public string Epoch { get => field ?? ""; init; }
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>It was sent before, under the same client_id.</summary>
    public bool Duplicate { get; init; }
}

/// <summary>Signing key, as it is answered.</summary>
public sealed record SigningKey
{
    public string Id { get => field ?? ""; init; }
    /// <summary>What a token's header names the key by.</summary>
    public string Kid { get => field ?? ""; init; }
    public SigningAlgorithm Algorithm { get; init; }
    /// <summary>The public key in PEM; null for HS256.</summary>
    public string? PublicKey { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Signing key page, as it is answered.</summary>
public sealed record SigningKeyPage
{
    public IReadOnlyList<SigningKey> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Suppression, as it is answered.</summary>
public sealed record Suppression
{
    public string Id { get => field ?? ""; init; }
    /// <summary>Null once the person was erased: the suppression still holds.</summary>
    public string? Email { get; init; }
    /// <summary>What mail it does not get.</summary>
    public SuppressionStream Stream { get; init; }
    public SuppressionReason Reason { get; init; }
    /// <summary>The delivery that brought it about.</summary>
    public string? DeliveryId { get; init; }
    /// <summary>A key's id, relay for what a provider told, or recipient for who left by himself.</summary>
    public string CreatedBy { get => field ?? ""; init; }
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Null: it does not end.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Suppression batch, as it is answered.</summary>
public sealed record SuppressionBatch
{
    /// <summary>In the order of the request; those that were there already as they are now.</summary>
    public IReadOnlyList<Suppression> Data { get => field ?? []; init; }
}

/// <summary>Suppression page, as it is answered.</summary>
public sealed record SuppressionPage
{
    public IReadOnlyList<Suppression> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Tenant, as it is answered.</summary>
public sealed record Tenant
{
    public string Id { get => field ?? ""; init; }
    public string Name { get => field ?? ""; init; }
    public string? ExternalId { get; init; }
    public TenantStatus Status { get; init; }
    public TenantSettings Settings { get => field ?? new(); init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Tenant page, as it is answered.</summary>
public sealed record TenantPage
{
    public IReadOnlyList<Tenant> Data { get => field ?? []; init; }
    public bool HasMore { get; init; }
    public string? NextCursor { get; init; }
}

/// <summary>Tenant settings, as it is answered.</summary>
public sealed record TenantSettings
{
    /// <summary>How long content, attempts and history are kept: 7, 30, 90 or 365 days.</summary>
    public int RetentionDays { get; init; }
    public int? RequestsPerS { get; init; }
    public int? RequestBurst { get; init; }
    /// <summary>How many deliveries may wait before sending is answered 429 backlog_full.</summary>
    public long? MaxWaiting { get; init; }
    /// <summary>How many mails an address gets at most in an hour; more are suppressed as recipient_cap. 0 is no limit.</summary>
    public int? RecipientPerHour { get; init; }
    /// <summary>The same for a day (UTC).</summary>
    public int? RecipientPerDay { get; init; }
    /// <summary>Ranges that this tenant's webhooks, SMTP and HTTP providers may reach beyond the public internet.</summary>
    public IReadOnlyList<OutboundAllowance> OutboundAllow { get => field ?? []; init; }
}

/// <summary>Test event, as it is answered.</summary>
public sealed record TestEvent
{
    public string EventId { get => field ?? ""; init; }
    public string DeliveryId { get => field ?? ""; init; }
}

/// <summary>Provider test, as it is answered.</summary>
public sealed record ProviderTest
{
    public AttemptOutcome Outcome { get; init; }
    /// <summary>It may have gone out although nobody answered for it.</summary>
    public bool MaybeSent { get; init; }
    /// <summary>The account sends nothing: the mail is at /v1/sandbox/emails.</summary>
    public bool Sandbox { get; init; }
    public int DurationMs { get; init; }
    public string? Detail { get; init; }
    public int? ResponseStatus { get; init; }
    /// <summary>Names and values as they came. Any JSON value; it comes back as the same text.</summary>
    public JsonElement? ResponseHeaders { get; init; }
    /// <summary>The first 16 KiB, read as UTF-8; what is none is replaced.</summary>
    public string? ResponseBody { get; init; }
    public string? ProviderMessageId { get; init; }
}

/// <summary>Timeline, as it is answered.</summary>
public sealed record Timeline
{
    public IReadOnlyList<TimelineEntry> Data { get => field ?? []; init; }
}

/// <summary>Timeline entry, as it is answered.</summary>
public sealed record TimelineEntry
{
    public DateTimeOffset At { get; init; }
    /// <summary>accepted, cancel_asked, step_begun, attempt or step_ended; and what the provider told of a mail: delivered, bounced, complained, opened, clicked, unsubscribed; what was done with it on a screen: acked, read, archived.</summary>
    public string Type { get => field ?? ""; init; }
    public string? DeliveryId { get; init; }
    public ChannelName? Channel { get; init; }
    public int? Attempt { get; init; }
    public AttemptOutcome? Outcome { get; init; }
    public DeliveryStatus? Status { get; init; }
    /// <summary>Of step_begun: first_step, asked_again, or earlier_step_ and how the one before stands. Of step_ended and of a step that was left out: why, as the delivery's reason.</summary>
    public string? Reason { get; init; }
    /// <summary>Told of a mail only: it is about somebody in cc or bcc, and moves nothing.</summary>
    public bool? Copy { get; init; }
    /// <summary>Of a bounce: there is no such mailbox or domain. Other bounces are refusals of this mail.</summary>
    public bool? Hard { get; init; }
    /// <summary>In the far end's words; of acked, the device.</summary>
    public string? Detail { get; init; }
}

/// <summary>Usage, as it is answered.</summary>
public sealed record Usage
{
    public IReadOnlyList<UsageRow> Data { get => field ?? []; init; }
}

/// <summary>Usage row, as it is answered.</summary>
public sealed record UsageRow
{
    /// <summary>The day, in UTC.</summary>
    public string Day { get => field ?? ""; init; }
    /// <summary>What was counted, such as requests.</summary>
    public string Metric { get => field ?? ""; init; }
    public long Amount { get; init; }
}

/// <summary>User, as it is answered.</summary>
public sealed record User
{
    public string Id { get => field ?? ""; init; }
    public string? DisplayName { get; init; }
    public string? AvatarUrl { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Locale { get; init; }
    public string? TimeZone { get; init; }
    /// <summary>Any JSON value; it comes back as the same text.</summary>
    public JsonElement? Metadata { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A refusal that lists every fault of the body.</summary>
public sealed record Problem
{
    /// <summary>A page that explains the code.</summary>
    public string Type { get => field ?? ""; init; }
    public string Title { get => field ?? ""; init; }
    public int Status { get; init; }
    /// <summary>For people; it may change.</summary>
    public string Detail { get => field ?? ""; init; }
    /// <summary>For programs; it never changes.</summary>
    public string Code { get => field ?? ""; init; }
    /// <summary>Finds the request in the log; also in the Request-Id header.</summary>
    public string RequestId { get => field ?? ""; init; }
    /// <summary>Whether the same request may succeed later.</summary>
    public bool Retryable { get; init; }
    /// <summary>All faults at once; empty when the code itself says it.</summary>
    public IReadOnlyList<Fault> Errors { get => field ?? []; init; }
}

/// <summary>Why, as it is answered.</summary>
public sealed record Why
{
    public string Id { get => field ?? ""; init; }
    public DeliveryStatus Status { get; init; }
    public WaitCause WaitsFor { get; init; }
    public DateTimeOffset? Until { get; init; }
    public string Detail { get => field ?? ""; init; }
}
