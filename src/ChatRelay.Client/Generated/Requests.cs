// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Change alert rule request, as it is sent.</summary>
public sealed record ChangeAlertRuleRequest
{
    [JsonConverter(typeof(ChangeJson<bool?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<bool?> Enabled { get; init; }
    /// <summary>Null is the rule's own. A share is between 0 and 1.</summary>
    [JsonConverter(typeof(ChangeJson<double?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<double?> Threshold { get; init; }
    /// <summary>Null is the rule's own.</summary>
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> ForS { get; init; }
    /// <summary>Null ends the silence.</summary>
    [JsonConverter(typeof(ChangeJson<DateTimeOffset?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<DateTimeOffset?> SilencedUntil { get; init; }
}

/// <summary>Alert route input, as it is sent.</summary>
public sealed record AlertRouteInput
{
    /// <summary>Its live environment sends: through its own accounts, from its own address.</summary>
    public required string Tenant { get; init; }
    public string? Email { get; init; }
    /// <summary>Or a URL that this tenant may reach.</summary>
    public string? WebhookUrl { get; init; }
}

/// <summary>Api key credentials input, as it is sent.</summary>
public sealed record ApiKeyCredentialsInput
{
    /// <summary>At most 512 bytes.</summary>
    public required string ApiKey { get; init; }
}

/// <summary>Attachment input, as it is sent.</summary>
public sealed record AttachmentInput
{
    public required string Filename { get; init; }
    public required string ContentType { get; init; }
    public required ReadOnlyMemory<byte> Content { get; init; }
    public string? ContentId { get; init; }
}

/// <summary>Cancel many filter input, as it is sent.</summary>
public sealed record CancelManyFilterInput
{
    public ChannelName? Channel { get; init; }
    /// <summary>The user or the mail address.</summary>
    public string? To { get; init; }
    public string? ExternalId { get; init; }
    public string? Category { get; init; }
    public string? Tag { get; init; }
    /// <summary>Those of one request to several people. Alone it also ends a group whose notifications are still being made.</summary>
    public string? Group { get; init; }
    public DateTimeOffset? CreatedAfter { get; init; }
    public DateTimeOffset? CreatedBefore { get; init; }
}

/// <summary>Cancel many request, as it is sent.</summary>
public sealed record CancelManyRequest
{
    public required CancelManyFilterInput Filter { get; init; }
    /// <summary>Count only.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>Change endpoint request, as it is sent.</summary>
public sealed record ChangeEndpointRequest
{
    /// <summary>At another origin headers have to be given again: they would go to another place.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Url { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> ExternalId { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Account { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Description { get; init; }
    [JsonConverter(typeof(ChangeJson<IReadOnlyList<string>>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<string>> EventTypes { get; init; }
    /// <summary>All of them.</summary>
    [JsonConverter(typeof(ChangeJson<IReadOnlyDictionary<string, string>>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyDictionary<string, string>> Headers { get; init; }
    [JsonConverter(typeof(ChangeJson<double?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<double?> MaxRatePerS { get; init; }
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> TimeoutS { get; init; }
    [JsonConverter(typeof(ChangeJson<IReadOnlyList<int>>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<int>> RetryScheduleS { get; init; }
    [JsonConverter(typeof(ChangeJson<bool?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<bool?> Ordered { get; init; }
    [JsonConverter(typeof(ChangeJson<PayloadForm?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<PayloadForm?> Payload { get; init; }
    [JsonConverter(typeof(ChangeJson<SwitchStatus?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<SwitchStatus?> Status { get; init; }
    /// <summary>Why it is paused or disabled; together with status.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> DisabledReason { get; init; }
}

/// <summary>Change provider request, as it is sent.</summary>
public sealed record ChangeProviderRequest
{
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Name { get; init; }
    /// <summary>The lowest is tried first.</summary>
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> Priority { get; init; }
    /// <summary>Null only for a sandbox.</summary>
    [JsonConverter(typeof(ChangeJson<MailboxInput>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<MailboxInput> From { get; init; }
    /// <summary>The whole config of the account's type. Where it sends the credentials to another place, they have to be given again. At most 16384 bytes.</summary>
    [JsonConverter(typeof(ChangeJson<JsonElement?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<JsonElement?> Config { get; init; }
    /// <summary>The whole credentials of the account's type. They end a pause that the old ones had brought about. At most 32768 bytes.</summary>
    [JsonConverter(typeof(ChangeJson<JsonElement?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<JsonElement?> Credentials { get; init; }
    [JsonConverter(typeof(ChangeJson<double?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<double?> MaxRatePerS { get; init; }
    [JsonConverter(typeof(ChangeJson<long?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<long?> DailyQuota { get; init; }
    /// <summary>enabled ends a pause, also one of the relay's.</summary>
    [JsonConverter(typeof(ChangeJson<SwitchStatus?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<SwitchStatus?> Status { get; init; }
}

/// <summary>Change room request, as it is sent.</summary>
public sealed record ChangeRoomRequest
{
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> ExternalId { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Name { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 4096 bytes.</summary>
    [JsonConverter(typeof(ChangeJson<JsonElement?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<JsonElement?> Metadata { get; init; }
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> MaxMembers { get; init; }
    [JsonConverter(typeof(ChangeJson<WritePolicy?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<WritePolicy?> Write { get; init; }
    [JsonConverter(typeof(ChangeJson<HistoryPolicy?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<HistoryPolicy?> History { get; init; }
    /// <summary>true, for good. false only where it is false.</summary>
    [JsonConverter(typeof(ChangeJson<bool?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<bool?> Encrypted { get; init; }
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> RetentionDays { get; init; }
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> MessageTtlS { get; init; }
    /// <summary>Null: nobody is told any more, not of what was said already either.</summary>
    [JsonConverter(typeof(ChangeJson<NotifyInput>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<NotifyInput> Notify { get; init; }
}

/// <summary>Change tenant request, as it is sent.</summary>
public sealed record ChangeTenantRequest
{
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Name { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> ExternalId { get; init; }
    [JsonConverter(typeof(ChangeJson<TenantSwitch?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<TenantSwitch?> Status { get; init; }
    [JsonConverter(typeof(ChangeJson<SettingsChangeInput>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<SettingsChangeInput> Settings { get; init; }
}

/// <summary>Content input, as it is sent.</summary>
public sealed record ContentInput
{
    public string? Subject { get; init; }
    /// <summary>At most 262144 bytes.</summary>
    public string? Text { get; init; }
    /// <summary>At most 262144 bytes.</summary>
    public string? Html { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 262144 bytes.</summary>
    public JsonElement? Data { get; init; }
    public EmailInput? Email { get; init; }
    public EncryptedInput? Encrypted { get; init; }
}

/// <summary>Create api key request, as it is sent.</summary>
public sealed record CreateApiKeyRequest
{
    public required string Name { get; init; }
    /// <summary>live or test; the caller's own environment by default. A test key makes test keys only.</summary>
    public KeyEnvironment? Environment { get; init; }
    /// <summary>What the key may do; all that the calling key may, by default.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Create portal link request, as it is sent.</summary>
public sealed record CreatePortalLinkRequest
{
    /// <summary>The customer: whoever has the link sees this account's endpoints, and no others.</summary>
    public required string Account { get; init; }
    /// <summary>How long the link holds, in seconds; an hour by default.</summary>
    public int? TtlS { get; init; }
}

/// <summary>Create signing key request, as it is sent.</summary>
public sealed record CreateSigningKeyRequest
{
    public required SigningAlgorithm Algorithm { get; init; }
    /// <summary>What tokens name the key by, unique among yours; the JWK's own, else the key's id, by default.</summary>
    public string? Kid { get; init; }
    /// <summary>HS256 only: a secret of yours. Without it one is made and shown in the answer.</summary>
    public string? Secret { get; init; }
    /// <summary>ES256, RS256 and EdDSA: the public key, as PEM in a string or as a JWK. Any JSON value; it comes back as the same text. At most 16384 bytes.</summary>
    public JsonElement? PublicKey { get; init; }
}

/// <summary>Create tenant request, as it is sent.</summary>
public sealed record CreateTenantRequest
{
    public required string Name { get; init; }
    public string? ExternalId { get; init; }
    public SettingsChangeInput? Settings { get; init; }
}

/// <summary>Dkim config input, as it is sent.</summary>
public sealed record DkimConfigInput
{
    public required string Domain { get; init; }
    public required string Selector { get; init; }
}

/// <summary>Edit message request, as it is sent.</summary>
public sealed record EditMessageRequest
{
    /// <summary>Any JSON value; it comes back as the same text. At most 65536 bytes.</summary>
    [JsonConverter(typeof(ChangeJson<JsonElement?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<JsonElement?> Body { get; init; }
    [JsonConverter(typeof(ChangeJson<SealedInput>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<SealedInput> Encrypted { get; init; }
}

/// <summary>Email input, as it is sent.</summary>
public sealed record EmailInput
{
    public MailboxInput? From { get; init; }
    public IReadOnlyList<MailboxInput>? ReplyTo { get; init; }
    public IReadOnlyList<MailboxInput>? Cc { get; init; }
    public IReadOnlyList<MailboxInput>? Bcc { get; init; }
    /// <summary>Headers of your own. Those that shape a mail, say who it is from and to, or belong to servers on its way are refused.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
    public IReadOnlyList<AttachmentInput>? Attachments { get; init; }
    public MailStream? Stream { get; init; }
}

/// <summary>Encrypted input, as it is sent.</summary>
public sealed record EncryptedInput
{
    public required string Alg { get; init; }
    /// <summary>At most 65536 bytes.</summary>
    public required ReadOnlyMemory<byte> Ciphertext { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 4096 bytes.</summary>
    public JsonElement? Header { get; init; }
}

/// <summary>Endpoint input, as it is sent.</summary>
public sealed record EndpointInput
{
    public required string Url { get; init; }
    /// <summary>Your own id for it, unique in the environment: paths take it as ext:….</summary>
    public string? ExternalId { get; init; }
    /// <summary>Your own customer. It gets the events that were published for this customer, and no others; an endpoint without one gets the events without one.</summary>
    public string? Account { get; init; }
    public string? Description { get; init; }
    /// <summary>Types, or patterns such as message.*; all by default. Signals only by their names: presence.changed, room.occupied, room.vacated, read.moved, typing.started.</summary>
    public IReadOnlyList<string>? EventTypes { get; init; }
    /// <summary>Headers of your own; of their values only the last characters are shown.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
    /// <summary>The most events a second, over all nodes; more wait.</summary>
    public double? MaxRatePerS { get; init; }
    public int? TimeoutS { get; init; }
    /// <summary>Seconds to wait before the second, third, … attempt, followed as written. Without it the relay's own schedule.</summary>
    public IReadOnlyList<int>? RetryScheduleS { get; init; }
    /// <summary>One event of an ordering key at a time, in order. A failure holds back the events of its key only.</summary>
    public bool? Ordered { get; init; }
    /// <summary>thin: only the event's id; what it says is read at GET /v1/events/{id}.</summary>
    public PayloadForm? Payload { get; init; }
    /// <summary>hmac: a shared secret (whsec_). ed25519: a key pair, of which you get the public half (whpk_).</summary>
    public SignatureKind? Signature { get; init; }
    public SwitchStatus? Status { get; init; }
    /// <summary>Why it is paused or disabled.</summary>
    public string? DisabledReason { get; init; }
}

/// <summary>Roll secret request, as it is sent.</summary>
public sealed record RollSecretRequest
{
    /// <summary>How long the old one signs too, in seconds; a day by default.</summary>
    public int? OverlapS { get; init; }
    /// <summary>Another kind of signature from now on.</summary>
    public SignatureKind? Signature { get; init; }
}

/// <summary>Event type input, as it is sent.</summary>
public sealed record EventTypeInput
{
    public string? Description { get; init; }
    /// <summary>JSON Schema, as far as docs/webhooks.md has it. What is published under this type has to fit. Any JSON value; it comes back as the same text. At most 65536 bytes.</summary>
    public JsonElement? Schema { get; init; }
}

/// <summary>Mailbox input, as it is sent.</summary>
public sealed record MailboxInput
{
    public required string Email { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Name { get; init; }
}

/// <summary>Mailgun config input, as it is sent.</summary>
public sealed record MailgunConfigInput
{
    /// <summary>Where its API is reached instead of at its public address: for tests and proxies.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> BaseUrl { get; init; }
    public required string Domain { get; init; }
    public MailgunRegion? Region { get; init; }
}

/// <summary>Mailgun credentials input, as it is sent.</summary>
public sealed record MailgunCredentialsInput
{
    /// <summary>At most 512 bytes.</summary>
    public required string ApiKey { get; init; }
    /// <summary>The account's HTTP webhook signing key. For inbound events. At most 512 bytes.</summary>
    public string? WebhookSigningKey { get; init; }
}

/// <summary>Mark read request, as it is sent.</summary>
public sealed record MarkReadRequest
{
    public required long Seq { get; init; }
    /// <summary>The epoch that seq is a number of: with another one nothing is read, and the answer is 409.</summary>
    public string? Epoch { get; init; }
    /// <summary>Whose; a user's token is its own user's.</summary>
    public string? User { get; init; }
}

/// <summary>Member input, as it is sent.</summary>
public sealed record MemberInput
{
    public required string User { get; init; }
    public MemberRole? Role { get; init; }
}

/// <summary>Member change, as it is sent.</summary>
public sealed record MemberChange
{
    public MemberRole? Role { get; init; }
    /// <summary>Until then nothing of theirs is taken; null ends it.</summary>
    public DateTimeOffset? MutedUntil { get; init; }
    /// <summary>Until then they are out, and cannot come back.</summary>
    public DateTimeOffset? BannedUntil { get; init; }
}

/// <summary>Many members, as it is sent.</summary>
public sealed record ManyMembers
{
    public required IReadOnlyList<MemberInput> Members { get; init; }
}

/// <summary>Message input, as it is sent.</summary>
public sealed record MessageInput
{
    /// <summary>Yours: the same one again, from the same sender into the same room, is answered with the first message.</summary>
    public string? ClientId { get; init; }
    /// <summary>Whom an API key says it for. A user's token is its own user.</summary>
    public string? From { get; init; }
    public string? Type { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 65536 bytes.</summary>
    public JsonElement? Body { get; init; }
    public SealedInput? Encrypted { get; init; }
    public string? ReplyTo { get; init; }
    public IReadOnlyList<string>? Mentions { get; init; }
    public int? ExpiresInS { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 4096 bytes.</summary>
    public JsonElement? Metadata { get; init; }
    /// <summary>Only if this is the room's last number: else 409 with the one that is.</summary>
    public long? ExpectSeq { get; init; }
    /// <summary>The epoch that expect_seq is a number of: after a restore or a failover of the database there may be another message under it.</summary>
    public string? ExpectEpoch { get; init; }
    /// <summary>For whoever is connected now: judged like any other, neither numbered nor stored.</summary>
    public bool? Ephemeral { get; init; }
    /// <summary>Asks the rules of the room of an API key too, as if `from` had sent it.</summary>
    public bool? Enforce { get; init; }
}

/// <summary>Mint token grant input, as it is sent.</summary>
public sealed record MintTokenGrantInput
{
    /// <summary>room_…, or ext: and your own id of the room.</summary>
    public required string Room { get; init; }
    public required IReadOnlyList<RoomRight> Can { get; init; }
}

/// <summary>Mint token request, as it is sent.</summary>
public sealed record MintTokenRequest
{
    /// <summary>Whom it speaks for. Without one, and with rooms, it is an anonymous viewer of channels.</summary>
    public string? User { get; init; }
    /// <summary>The one device that may use it.</summary>
    public string? Device { get; init; }
    public int? TtlS { get; init; }
    /// <summary>Narrows the user to these rooms, and opens those of type channel without membership.</summary>
    public IReadOnlyList<MintTokenGrantInput>? Rooms { get; init; }
}

/// <summary>No credentials input, as it is sent.</summary>
public sealed record NoCredentialsInput
{
}

/// <summary>Notification input, as it is sent.</summary>
public sealed record NotificationInput
{
    public required RecipientInput To { get; init; }
    /// <summary>Ordered steps. Without it: webhook if to.webhook is given, otherwise email.</summary>
    public IReadOnlyList<StepInput>? Route { get; init; }
    public ContentInput? Content { get; init; }
    public string? Category { get; init; }
    /// <summary>The user whose doing it is: nobody gets it who mutes or blocks them.</summary>
    public string? From { get; init; }
    public Priority? Priority { get; init; }
    /// <summary>Not before this time; at most 90 days ahead.</summary>
    public DateTimeOffset? SendAt { get; init; }
    /// <summary>What has not begun by then is not begun any more.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    public string? ExternalId { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 4096 bytes.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>Notify input, as it is sent.</summary>
public sealed record NotifyInput
{
    /// <summary>Who has not read a message so many seconds after it was sent gets one notification, and no other until they have read.</summary>
    public required int AfterS { get; init; }
    /// <summary>As of a notification. Without it: email.</summary>
    [JsonConverter(typeof(ChangeJson<IReadOnlyList<StepInput>>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<StepInput>> Route { get; init; }
    /// <summary>Your own words. In subject, text and html {count} stands for how many messages are unread, {room} for the room's name.</summary>
    [JsonConverter(typeof(ChangeJson<ContentInput>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<ContentInput> Content { get; init; }
}

/// <summary>Open inbound request, as it is sent.</summary>
public sealed record OpenInboundRequest
{
    /// <summary>How long an earlier URL still works, in seconds; a day by default.</summary>
    public int? OverlapS { get; init; }
}

/// <summary>Operate queue request, as it is sent.</summary>
public sealed record OperateQueueRequest
{
    /// <summary>Both environments of this tenant; without it, all tenants.</summary>
    public string? Tenant { get; init; }
    public ChannelName? Channel { get; init; }
    public string? Provider { get; init; }
    public string? Endpoint { get; init; }
    public string? Tag { get; init; }
    /// <summary>Accepted at or after this time.</summary>
    public DateTimeOffset? Since { get; init; }
    /// <summary>Accepted before this time.</summary>
    public DateTimeOffset? Until { get; init; }
    /// <summary>Count only, and show ten of them.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>Create operator key request, as it is sent.</summary>
public sealed record CreateOperatorKeyRequest
{
    public required string Name { get; init; }
    public required OperatorRole Role { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Outbound allowance input, as it is sent.</summary>
public sealed record OutboundAllowanceInput
{
    /// <summary>A range of addresses.</summary>
    public required string Cidr { get; init; }
    /// <summary>Ports; none is every port.</summary>
    public IReadOnlyList<int>? Ports { get; init; }
    /// <summary>What may be called there.</summary>
    public required OutboundUse Use { get; init; }
}

/// <summary>Change own tenant request, as it is sent.</summary>
public sealed record ChangeOwnTenantRequest
{
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Name { get; init; }
    /// <summary>Origins from which browsers may open sockets; none is any.</summary>
    [JsonConverter(typeof(ChangeJson<IReadOnlyList<string>>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<string>> AllowedOrigins { get; init; }
}

/// <summary>Postmark config input, as it is sent.</summary>
public sealed record PostmarkConfigInput
{
    /// <summary>Where its API is reached instead of at its public address: for tests and proxies.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> BaseUrl { get; init; }
    /// <summary>The server's own default without it.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> MessageStream { get; init; }
}

/// <summary>Postmark credentials input, as it is sent.</summary>
public sealed record PostmarkCredentialsInput
{
    /// <summary>At most 512 bytes.</summary>
    public required string ServerToken { get; init; }
}

/// <summary>Channel wishes input, as it is sent.</summary>
public sealed record ChannelWishesInput
{
    public bool? Websocket { get; init; }
    public bool? Email { get; init; }
    public bool? Webhook { get; init; }
}

/// <summary>Preferences input, as it is sent.</summary>
public sealed record PreferencesInput
{
    /// <summary>By category of a notification: the channels that the user switched on or off.</summary>
    public IReadOnlyDictionary<string, ChannelWishesInput>? Categories { get; init; }
    /// <summary>Each as room_…, or ext: and your own id.</summary>
    public IReadOnlyList<string>? MutedRooms { get; init; }
    public IReadOnlyList<string>? MutedUsers { get; init; }
}

/// <summary>Provider input, as it is sent.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(SmtpProviderInput), "smtp")]
[JsonDerivedType(typeof(SendgridProviderInput), "sendgrid")]
[JsonDerivedType(typeof(PostmarkProviderInput), "postmark")]
[JsonDerivedType(typeof(MailgunProviderInput), "mailgun")]
[JsonDerivedType(typeof(SesProviderInput), "ses")]
[JsonDerivedType(typeof(SandboxProviderInput), "sandbox")]
public abstract record ProviderInput
{
    private protected ProviderInput()
    {
    }
}

/// <summary>Mailgun provider input, as it is sent.</summary>
public sealed record MailgunProviderInput : ProviderInput
{
    /// <summary>email: the only channel with accounts.</summary>
    public ChannelName? Channel { get; init; }
    public required string Name { get; init; }
    /// <summary>The lowest is tried first.</summary>
    public int? Priority { get; init; }
    /// <summary>Who mail is from unless it says so itself. Mail may be from this domain only.</summary>
    public MailboxInput? From { get; init; }
    /// <summary>The most mails a second, over all nodes; more wait, or go to the next account.</summary>
    public double? MaxRatePerS { get; init; }
    /// <summary>The most mails a day (UTC); more go to the next account, or wait for the next day.</summary>
    public long? DailyQuota { get; init; }
    public required MailgunConfigInput Config { get; init; }
    public required MailgunCredentialsInput Credentials { get; init; }
}

/// <summary>Postmark provider input, as it is sent.</summary>
public sealed record PostmarkProviderInput : ProviderInput
{
    /// <summary>email: the only channel with accounts.</summary>
    public ChannelName? Channel { get; init; }
    public required string Name { get; init; }
    /// <summary>The lowest is tried first.</summary>
    public int? Priority { get; init; }
    /// <summary>Who mail is from unless it says so itself. Mail may be from this domain only.</summary>
    public MailboxInput? From { get; init; }
    /// <summary>The most mails a second, over all nodes; more wait, or go to the next account.</summary>
    public double? MaxRatePerS { get; init; }
    /// <summary>The most mails a day (UTC); more go to the next account, or wait for the next day.</summary>
    public long? DailyQuota { get; init; }
    public PostmarkConfigInput? Config { get; init; }
    public required PostmarkCredentialsInput Credentials { get; init; }
}

/// <summary>Sandbox provider input, as it is sent.</summary>
public sealed record SandboxProviderInput : ProviderInput
{
    /// <summary>email: the only channel with accounts.</summary>
    public ChannelName? Channel { get; init; }
    public required string Name { get; init; }
    /// <summary>The lowest is tried first.</summary>
    public int? Priority { get; init; }
    /// <summary>Who mail is from unless it says so itself. Mail may be from this domain only.</summary>
    public MailboxInput? From { get; init; }
    /// <summary>The most mails a second, over all nodes; more wait, or go to the next account.</summary>
    public double? MaxRatePerS { get; init; }
    /// <summary>The most mails a day (UTC); more go to the next account, or wait for the next day.</summary>
    public long? DailyQuota { get; init; }
    public SandboxConfigInput? Config { get; init; }
    public NoCredentialsInput? Credentials { get; init; }
}

/// <summary>Sendgrid provider input, as it is sent.</summary>
public sealed record SendgridProviderInput : ProviderInput
{
    /// <summary>email: the only channel with accounts.</summary>
    public ChannelName? Channel { get; init; }
    public required string Name { get; init; }
    /// <summary>The lowest is tried first.</summary>
    public int? Priority { get; init; }
    /// <summary>Who mail is from unless it says so itself. Mail may be from this domain only.</summary>
    public MailboxInput? From { get; init; }
    /// <summary>The most mails a second, over all nodes; more wait, or go to the next account.</summary>
    public double? MaxRatePerS { get; init; }
    /// <summary>The most mails a day (UTC); more go to the next account, or wait for the next day.</summary>
    public long? DailyQuota { get; init; }
    public SendgridConfigInput? Config { get; init; }
    public required ApiKeyCredentialsInput Credentials { get; init; }
}

/// <summary>Ses provider input, as it is sent.</summary>
public sealed record SesProviderInput : ProviderInput
{
    /// <summary>email: the only channel with accounts.</summary>
    public ChannelName? Channel { get; init; }
    public required string Name { get; init; }
    /// <summary>The lowest is tried first.</summary>
    public int? Priority { get; init; }
    /// <summary>Who mail is from unless it says so itself. Mail may be from this domain only.</summary>
    public MailboxInput? From { get; init; }
    /// <summary>The most mails a second, over all nodes; more wait, or go to the next account.</summary>
    public double? MaxRatePerS { get; init; }
    /// <summary>The most mails a day (UTC); more go to the next account, or wait for the next day.</summary>
    public long? DailyQuota { get; init; }
    public required SesConfigInput Config { get; init; }
    public required SesCredentialsInput Credentials { get; init; }
}

/// <summary>Smtp provider input, as it is sent.</summary>
public sealed record SmtpProviderInput : ProviderInput
{
    /// <summary>email: the only channel with accounts.</summary>
    public ChannelName? Channel { get; init; }
    public required string Name { get; init; }
    /// <summary>The lowest is tried first.</summary>
    public int? Priority { get; init; }
    /// <summary>Who mail is from unless it says so itself. Mail may be from this domain only.</summary>
    public MailboxInput? From { get; init; }
    /// <summary>The most mails a second, over all nodes; more wait, or go to the next account.</summary>
    public double? MaxRatePerS { get; init; }
    /// <summary>The most mails a day (UTC); more go to the next account, or wait for the next day.</summary>
    public long? DailyQuota { get; init; }
    public required SmtpConfigInput Config { get; init; }
    public SmtpCredentialsInput? Credentials { get; init; }
}

/// <summary>Publish event request, as it is sent.</summary>
public sealed record PublishEventRequest
{
    /// <summary>Words of letters, digits, - and _, with dots between them. Those that begin like the relay's own are not yours.</summary>
    public required string Type { get; init; }
    /// <summary>Your own customer: only this customer's endpoints get it. Without one it goes to endpoints without one.</summary>
    public string? Account { get; init; }
    /// <summary>Your own end user that it is about: POST /v1/erasures finds it by this.</summary>
    public string? User { get; init; }
    /// <summary>What happened. It comes to endpoints as the same text. Any JSON value; it comes back as the same text. At most 65536 bytes.</summary>
    public required JsonElement? Data { get; init; }
    /// <summary>Ordered endpoints get the events of one key one at a time, in order.</summary>
    public string? OrderingKey { get; init; }
    /// <summary>Your own id for this event: published again under it, it is the same event.</summary>
    public string? ClientId { get; init; }
}

/// <summary>Put user request, as it is sent.</summary>
public sealed record PutUserRequest
{
    public string? DisplayName { get; init; }
    public string? AvatarUrl { get; init; }
    /// <summary>Where mail goes to that names only the user.</summary>
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Locale { get; init; }
    /// <summary>An IANA name, such as Europe/London.</summary>
    public string? TimeZone { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 4096 bytes.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>React request, as it is sent.</summary>
public sealed record ReactRequest
{
    /// <summary>An emoji, or a word of yours. A user has each key once on a message.</summary>
    public string? Key { get; init; }
    /// <summary>In encrypted rooms. To take it back, the same again.</summary>
    public SealedInput? Encrypted { get; init; }
    /// <summary>Whose, by an API key. A user's token is its own user's.</summary>
    public string? From { get; init; }
    /// <summary>Asks the rules of the room of an API key too.</summary>
    public bool? Enforce { get; init; }
}

/// <summary>Presence query, as it is sent.</summary>
public sealed record PresenceQuery
{
    /// <summary>The answer has them in this order.</summary>
    public required IReadOnlyList<string> Users { get; init; }
}

/// <summary>Recipient input, as it is sent.</summary>
public sealed record RecipientInput
{
    public string? User { get; init; }
    public string? Email { get; init; }
    public WebhookTargetInput? Webhook { get; init; }
    /// <summary>One notification for each, under one grp_ id.</summary>
    public IReadOnlyList<string>? Users { get; init; }
    /// <summary>room_…, or ext: and your own id: one notification for each member, under one grp_ id. They are made after the answer.</summary>
    public string? Room { get; init; }
    /// <summary>Members of the room who get none.</summary>
    public IReadOnlyList<string>? Except { get; init; }
}

/// <summary>Replay deliveries request, as it is sent.</summary>
public sealed record ReplayDeliveriesRequest
{
    public required DateTimeOffset Since { get; init; }
    public required DateTimeOffset Until { get; init; }
    public ChannelName? Channel { get; init; }
    public string? Provider { get; init; }
    public string? Endpoint { get; init; }
    /// <summary>How their last attempt ended.</summary>
    public AttemptOutcome? Outcome { get; init; }
    /// <summary>Count only, and show ten of them.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>Replay endpoint cancel request, as it is sent.</summary>
public sealed record ReplayEndpointCancelRequest
{
    /// <summary>Count only.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>Replay endpoint request, as it is sent.</summary>
public sealed record ReplayEndpointRequest
{
    /// <summary>Happened at or after this time.</summary>
    public required DateTimeOffset Since { get; init; }
    /// <summary>Happened before this time.</summary>
    public required DateTimeOffset Until { get; init; }
    public IReadOnlyList<string>? EventTypes { get; init; }
    /// <summary>How their last attempt ended; ok for those that were taken. Without it everything that did not get through: failed, canceled, expired, or left out while the endpoint was paused or disabled.</summary>
    public AttemptOutcome? Outcome { get; init; }
    /// <summary>Count only.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>Request erasure request, as it is sent.</summary>
public sealed record RequestErasureRequest
{
    /// <summary>The end user, by your own id.</summary>
    public string? User { get; init; }
    /// <summary>Or a mail address, in capital or small letters.</summary>
    public string? Email { get; init; }
    /// <summary>Or one event of your own: its data is gone from the log and from what is sent later.</summary>
    public string? Event { get; init; }
}

/// <summary>Reschedule request, as it is sent.</summary>
public sealed record RescheduleRequest
{
    /// <summary>The new time; null is now.</summary>
    public required DateTimeOffset? SendAt { get; init; }
}

/// <summary>Revoke tokens request, as it is sent.</summary>
public sealed record RevokeTokensRequest
{
    /// <summary>All tokens of this user that were issued before.</summary>
    public string? User { get; init; }
    /// <summary>The one token with this id.</summary>
    public string? Jti { get; init; }
}

/// <summary>Roll api key request, as it is sent.</summary>
public sealed record RollApiKeyRequest
{
    /// <summary>How long the old key still works, in seconds; a day by default.</summary>
    public int? OverlapS { get; init; }
}

/// <summary>Room input, as it is sent.</summary>
public sealed record RoomInput
{
    /// <summary>Yours, and unique among your rooms. Paths take it as ext:….</summary>
    public string? ExternalId { get; init; }
    public RoomType? Type { get; init; }
    public string? Name { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 4096 bytes.</summary>
    public JsonElement? Metadata { get; init; }
    public IReadOnlyList<MemberInput>? Members { get; init; }
    public int? MaxMembers { get; init; }
    public WritePolicy? Write { get; init; }
    public HistoryPolicy? History { get; init; }
    /// <summary>For good: such a room refuses everything plain.</summary>
    public bool? Encrypted { get; init; }
    public int? RetentionDays { get; init; }
    /// <summary>Messages expire so many seconds after they were sent.</summary>
    public int? MessageTtlS { get; init; }
    /// <summary>Members who have not read get one notification, not one for every message.</summary>
    public NotifyInput? Notify { get; init; }
}

/// <summary>Sandbox config input, as it is sent.</summary>
public sealed record SandboxConfigInput
{
}

/// <summary>Sealed input, as it is sent.</summary>
public sealed record SealedInput
{
    public required string Alg { get; init; }
    /// <summary>At most 65536 bytes.</summary>
    public required ReadOnlyMemory<byte> Ciphertext { get; init; }
    /// <summary>At most 256 bytes.</summary>
    [JsonConverter(typeof(ChangeJson<ReadOnlyMemory<byte>?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<ReadOnlyMemory<byte>?> Nonce { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> KeyVersion { get; init; }
    /// <summary>Any JSON value; it comes back as the same text. At most 4096 bytes.</summary>
    [JsonConverter(typeof(ChangeJson<JsonElement?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<JsonElement?> Header { get; init; }
}

/// <summary>Send batch request, as it is sent.</summary>
public sealed record SendBatchRequest
{
    /// <summary>Each as the body of POST /v1/notifications, to one recipient.</summary>
    public required IReadOnlyList<JsonElement> Notifications { get; init; }
    /// <summary>independent: the good ones are accepted. all_or_nothing: one wrong one refuses them all.</summary>
    public BatchMode? Mode { get; init; }
}

/// <summary>Batch send request, as it is sent.</summary>
public sealed record BatchSendRequest
{
    /// <summary>Each as the body of POST /v1/rooms/{room}/messages, without expect_seq.</summary>
    public required IReadOnlyList<MessageInput> Messages { get; init; }
}

/// <summary>Multi send request, as it is sent.</summary>
public sealed record MultiSendRequest
{
    /// <summary>Each as room_…, or ext: and your own id.</summary>
    public required IReadOnlyList<string> Rooms { get; init; }
    /// <summary>As the body of POST /v1/rooms/{room}/messages, without expect_seq.</summary>
    public required MessageInput Message { get; init; }
}

/// <summary>Sendgrid config input, as it is sent.</summary>
public sealed record SendgridConfigInput
{
    /// <summary>Where its API is reached instead of at its public address: for tests and proxies.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> BaseUrl { get; init; }
    public SendgridRegion? Region { get; init; }
    /// <summary>The Verification Key of its signed event webhook: a public key, as SendGrid shows it. For inbound events.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> VerificationKey { get; init; }
}

/// <summary>Ses config input, as it is sent.</summary>
public sealed record SesConfigInput
{
    /// <summary>Where its API is reached instead of at its public address: for tests and proxies.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> BaseUrl { get; init; }
    public required string Region { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> ConfigurationSet { get; init; }
    /// <summary>The topic that the configuration set publishes its events to. For inbound events.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> TopicArn { get; init; }
}

/// <summary>Ses credentials input, as it is sent.</summary>
public sealed record SesCredentialsInput
{
    public required string AccessKeyId { get; init; }
    /// <summary>At most 512 bytes.</summary>
    public required string SecretAccessKey { get; init; }
    /// <summary>At most 4096 bytes.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> SessionToken { get; init; }
}

/// <summary>Settings change input, as it is sent.</summary>
public sealed record SettingsChangeInput
{
    /// <summary>7, 30, 90 or 365.</summary>
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> RetentionDays { get; init; }
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> RequestsPerS { get; init; }
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> RequestBurst { get; init; }
    [JsonConverter(typeof(ChangeJson<long?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<long?> MaxWaiting { get; init; }
    /// <summary>0 is no limit.</summary>
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> RecipientPerHour { get; init; }
    /// <summary>0 is no limit.</summary>
    [JsonConverter(typeof(ChangeJson<int?>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<int?> RecipientPerDay { get; init; }
    [JsonConverter(typeof(ChangeJson<IReadOnlyList<OutboundAllowanceInput>>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<OutboundAllowanceInput>> OutboundAllow { get; init; }
}

/// <summary>Smtp config input, as it is sent.</summary>
public sealed record SmtpConfigInput
{
    /// <summary>A name, or an address.</summary>
    public required string Host { get; init; }
    /// <summary>25, 465, 587 or 2525; others only where an operator has opened them.</summary>
    public int? Port { get; init; }
    /// <summary>none only where an operator has opened the address.</summary>
    public SmtpSecurity? Security { get; init; }
    public SmtpAuth? Auth { get; init; }
    [JsonConverter(typeof(ChangeJson<DkimConfigInput>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<DkimConfigInput> Dkim { get; init; }
}

/// <summary>Smtp credentials input, as it is sent.</summary>
public sealed record SmtpCredentialsInput
{
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Username { get; init; }
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Password { get; init; }
    /// <summary>An RSA key of 1024 to 4096 bits, as PEM.</summary>
    [JsonConverter(typeof(ChangeJson<string>)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> DkimPrivateKey { get; init; }
}

/// <summary>Step input, as it is sent.</summary>
public sealed record StepInput
{
    public required ChannelName Channel { get; init; }
    /// <summary>What the step must reach: accepted, delivered or read. The default depends on the channel.</summary>
    public UntilState? Until { get; init; }
    /// <summary>How long the step has, counted from its beginning. A websocket step has 30 s when another follows.</summary>
    public int? WithinS { get; init; }
    /// <summary>Websocket only: leave the step out when the user is, or is not, connected as it begins.</summary>
    public SkipCondition? SkipIf { get; init; }
    public IReadOnlyList<string>? Providers { get; init; }
    /// <summary>What follows when a mail may have gone out and nobody answered for it.</summary>
    public WhenUnknown? OnUnknown { get; init; }
    /// <summary>Laid over the common content, member by member.</summary>
    public ContentInput? Content { get; init; }
}

/// <summary>Suppression batch input, as it is sent.</summary>
public sealed record SuppressionBatchInput
{
    public required IReadOnlyList<SuppressionInput> Suppressions { get; init; }
}

/// <summary>Suppression input, as it is sent.</summary>
public sealed record SuppressionInput
{
    public required string Email { get; init; }
    /// <summary>manual and hard_bounce hold for all streams, complaint and unsubscribe for broadcast.</summary>
    public SuppressionReason? Reason { get; init; }
    /// <summary>Follows from the reason; given, it has to be the same.</summary>
    public SuppressionStream? Stream { get; init; }
    /// <summary>Without it, it does not end.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Test provider request, as it is sent.</summary>
public sealed record TestProviderRequest
{
    public required string To { get; init; }
}

/// <summary>Webhook target input, as it is sent.</summary>
public sealed record WebhookTargetInput
{
    public string? Endpoint { get; init; }
    public string? Url { get; init; }
}
