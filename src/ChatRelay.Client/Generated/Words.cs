// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>`queue_age`, `failure_share`, `breakers_open`, `disk_free`, `old_snapshot`, `upkeep_overdue`, `upkeep_failing`, `node_silent`, `database_unreachable`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<AlertRuleName>))]
public readonly record struct AlertRuleName(string Text) : IWord<AlertRuleName>
{
    public static AlertRuleName QueueAge => new("queue_age");
    public static AlertRuleName FailureShare => new("failure_share");
    public static AlertRuleName BreakersOpen => new("breakers_open");
    public static AlertRuleName DiskFree => new("disk_free");
    public static AlertRuleName OldSnapshot => new("old_snapshot");
    public static AlertRuleName UpkeepOverdue => new("upkeep_overdue");
    public static AlertRuleName UpkeepFailing => new("upkeep_failing");
    public static AlertRuleName NodeSilent => new("node_silent");
    public static AlertRuleName DatabaseUnreachable => new("database_unreachable");

    static AlertRuleName IWord<AlertRuleName>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`seconds`, `share`, `count`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<AlertUnit>))]
public readonly record struct AlertUnit(string Text) : IWord<AlertUnit>
{
    public static AlertUnit Seconds => new("seconds");
    public static AlertUnit Share => new("share");
    public static AlertUnit Count => new("count");

    static AlertUnit IWord<AlertUnit>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`ok`, `http_error`, `rate_limited`, `timeout`, `dns_error`, `connection_error`, `tls_error`, `blocked_address`, `auth_failed`, `quota`, `invalid_recipient`, `provider_rejected`, `protocol_error`, `worker_lost`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<AttemptOutcome>))]
public readonly record struct AttemptOutcome(string Text) : IWord<AttemptOutcome>
{
    public static AttemptOutcome Ok => new("ok");
    public static AttemptOutcome HttpError => new("http_error");
    public static AttemptOutcome RateLimited => new("rate_limited");
    public static AttemptOutcome Timeout => new("timeout");
    public static AttemptOutcome DnsError => new("dns_error");
    public static AttemptOutcome ConnectionError => new("connection_error");
    public static AttemptOutcome TlsError => new("tls_error");
    public static AttemptOutcome BlockedAddress => new("blocked_address");
    public static AttemptOutcome AuthFailed => new("auth_failed");
    public static AttemptOutcome Quota => new("quota");
    public static AttemptOutcome InvalidRecipient => new("invalid_recipient");
    public static AttemptOutcome ProviderRejected => new("provider_rejected");
    public static AttemptOutcome ProtocolError => new("protocol_error");
    public static AttemptOutcome WorkerLost => new("worker_lost");

    static AttemptOutcome IWord<AttemptOutcome>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`independent`, `all_or_nothing`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<BatchMode>))]
public readonly record struct BatchMode(string Text) : IWord<BatchMode>
{
    public static BatchMode Independent => new("independent");
    public static BatchMode AllOrNothing => new("all_or_nothing");

    static BatchMode IWord<BatchMode>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`websocket`, `email`, `webhook`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<ChannelName>))]
public readonly record struct ChannelName(string Text) : IWord<ChannelName>
{
    public static ChannelName Websocket => new("websocket");
    public static ChannelName Email => new("email");
    public static ChannelName Webhook => new("webhook");

    static ChannelName IWord<ChannelName>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`waiting`, `queued`, `sending`, `retrying`, `held`, `sent`, `delivered`, `read`, `bounced`, `failed`, `skipped`, `suppressed`, `canceled`, `expired`, `quarantined`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<DeliveryStatus>))]
public readonly record struct DeliveryStatus(string Text) : IWord<DeliveryStatus>
{
    public static DeliveryStatus Waiting => new("waiting");
    public static DeliveryStatus Queued => new("queued");
    public static DeliveryStatus Sending => new("sending");
    public static DeliveryStatus Retrying => new("retrying");
    public static DeliveryStatus Held => new("held");
    public static DeliveryStatus Sent => new("sent");
    public static DeliveryStatus Delivered => new("delivered");
    public static DeliveryStatus Read => new("read");
    public static DeliveryStatus Bounced => new("bounced");
    public static DeliveryStatus Failed => new("failed");
    public static DeliveryStatus Skipped => new("skipped");
    public static DeliveryStatus Suppressed => new("suppressed");
    public static DeliveryStatus Canceled => new("canceled");
    public static DeliveryStatus Expired => new("expired");
    public static DeliveryStatus Quarantined => new("quarantined");

    static DeliveryStatus IWord<DeliveryStatus>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`unknown_field`, `wrong_type`, `missing`, `null`, `unknown_value`, `invalid_format`, `forbidden_character`, `too_short`, `too_long`, `out_of_range`, `too_few_items`, `too_many_items`, `not_unique`, `too_large`, `not_allowed`, `not_found`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<FaultCode>))]
public readonly record struct FaultCode(string Text) : IWord<FaultCode>
{
    public static FaultCode UnknownField => new("unknown_field");
    public static FaultCode WrongType => new("wrong_type");
    public static FaultCode Missing => new("missing");
    public static FaultCode Null => new("null");
    public static FaultCode UnknownValue => new("unknown_value");
    public static FaultCode InvalidFormat => new("invalid_format");
    public static FaultCode ForbiddenCharacter => new("forbidden_character");
    public static FaultCode TooShort => new("too_short");
    public static FaultCode TooLong => new("too_long");
    public static FaultCode OutOfRange => new("out_of_range");
    public static FaultCode TooFewItems => new("too_few_items");
    public static FaultCode TooManyItems => new("too_many_items");
    public static FaultCode NotUnique => new("not_unique");
    public static FaultCode TooLarge => new("too_large");
    public static FaultCode NotAllowed => new("not_allowed");
    public static FaultCode NotFound => new("not_found");

    static FaultCode IWord<FaultCode>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`making`, `made`, `canceled`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<GroupStatus>))]
public readonly record struct GroupStatus(string Text) : IWord<GroupStatus>
{
    public static GroupStatus Making => new("making");
    public static GroupStatus Made => new("made");
    public static GroupStatus Canceled => new("canceled");

    static GroupStatus IWord<GroupStatus>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`healthy`, `degraded`, `open`, `paused`, `disabled`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<HealthState>))]
public readonly record struct HealthState(string Text) : IWord<HealthState>
{
    public static HealthState Healthy => new("healthy");
    public static HealthState Degraded => new("degraded");
    public static HealthState Open => new("open");
    public static HealthState Paused => new("paused");
    public static HealthState Disabled => new("disabled");

    static HealthState IWord<HealthState>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`all`, `since_join`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<HistoryPolicy>))]
public readonly record struct HistoryPolicy(string Text) : IWord<HistoryPolicy>
{
    public static HistoryPolicy All => new("all");
    public static HistoryPolicy SinceJoin => new("since_join");

    static HistoryPolicy IWord<HistoryPolicy>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`off`, `incomplete`, `ready`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<InboundState>))]
public readonly record struct InboundState(string Text) : IWord<InboundState>
{
    public static InboundState Off => new("off");
    public static InboundState Incomplete => new("incomplete");
    public static InboundState Ready => new("ready");

    static InboundState IWord<InboundState>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`active`, `unread`, `archived`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<InboxFilter>))]
public readonly record struct InboxFilter(string Text) : IWord<InboxFilter>
{
    public static InboxFilter Active => new("active");
    public static InboxFilter Unread => new("unread");
    public static InboxFilter Archived => new("archived");

    static InboxFilter IWord<InboxFilter>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`new`, `acked`, `read`, `archived`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<InboxState>))]
public readonly record struct InboxState(string Text) : IWord<InboxState>
{
    public static InboxState New => new("new");
    public static InboxState Acked => new("acked");
    public static InboxState Read => new("read");
    public static InboxState Archived => new("archived");

    static InboxState IWord<InboxState>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`queued`, `running`, `succeeded`, `failed`, `canceled`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<JobStatus>))]
public readonly record struct JobStatus(string Text) : IWord<JobStatus>
{
    public static JobStatus Queued => new("queued");
    public static JobStatus Running => new("running");
    public static JobStatus Succeeded => new("succeeded");
    public static JobStatus Failed => new("failed");
    public static JobStatus Canceled => new("canceled");

    static JobStatus IWord<JobStatus>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`live`, `test`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<KeyEnvironment>))]
public readonly record struct KeyEnvironment(string Text) : IWord<KeyEnvironment>
{
    public static KeyEnvironment Live => new("live");
    public static KeyEnvironment Test => new("test");

    static KeyEnvironment IWord<KeyEnvironment>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`transactional`, `broadcast`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<MailStream>))]
public readonly record struct MailStream(string Text) : IWord<MailStream>
{
    public static MailStream Transactional => new("transactional");
    public static MailStream Broadcast => new("broadcast");

    static MailStream IWord<MailStream>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`us`, `eu`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<MailgunRegion>))]
public readonly record struct MailgunRegion(string Text) : IWord<MailgunRegion>
{
    public static MailgunRegion Us => new("us");
    public static MailgunRegion Eu => new("eu");

    static MailgunRegion IWord<MailgunRegion>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`owner`, `admin`, `member`, `guest`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<MemberRole>))]
public readonly record struct MemberRole(string Text) : IWord<MemberRole>
{
    public static MemberRole Owner => new("owner");
    public static MemberRole Admin => new("admin");
    public static MemberRole Member => new("member");
    public static MemberRole Guest => new("guest");

    static MemberRole IWord<MemberRole>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`scheduled`, `queued`, `sending`, `sent`, `delivered`, `read`, `failed`, `canceled`, `expired`, `suppressed`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<NotificationStatus>))]
public readonly record struct NotificationStatus(string Text) : IWord<NotificationStatus>
{
    public static NotificationStatus Scheduled => new("scheduled");
    public static NotificationStatus Queued => new("queued");
    public static NotificationStatus Sending => new("sending");
    public static NotificationStatus Sent => new("sent");
    public static NotificationStatus Delivered => new("delivered");
    public static NotificationStatus Read => new("read");
    public static NotificationStatus Failed => new("failed");
    public static NotificationStatus Canceled => new("canceled");
    public static NotificationStatus Expired => new("expired");
    public static NotificationStatus Suppressed => new("suppressed");

    static NotificationStatus IWord<NotificationStatus>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`metrics`, `viewer`, `operator`, `admin`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<OperatorRole>))]
public readonly record struct OperatorRole(string Text) : IWord<OperatorRole>
{
    public static OperatorRole Metrics => new("metrics");
    public static OperatorRole Viewer => new("viewer");
    public static OperatorRole Operator => new("operator");
    public static OperatorRole Admin => new("admin");

    static OperatorRole IWord<OperatorRole>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`webhook`, `smtp`, `http`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<OutboundUse>))]
public readonly record struct OutboundUse(string Text) : IWord<OutboundUse>
{
    public static OutboundUse Webhook => new("webhook");
    public static OutboundUse Smtp => new("smtp");
    public static OutboundUse Http => new("http");

    static OutboundUse IWord<OutboundUse>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`full`, `thin`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<PayloadForm>))]
public readonly record struct PayloadForm(string Text) : IWord<PayloadForm>
{
    public static PayloadForm Full => new("full");
    public static PayloadForm Thin => new("thin");

    static PayloadForm IWord<PayloadForm>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`offline`, `online`, `away`, `dnd`, `invisible`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<PresenceStatus>))]
public readonly record struct PresenceStatus(string Text) : IWord<PresenceStatus>
{
    public static PresenceStatus Offline => new("offline");
    public static PresenceStatus Online => new("online");
    public static PresenceStatus Away => new("away");
    public static PresenceStatus Dnd => new("dnd");
    public static PresenceStatus Invisible => new("invisible");

    static PresenceStatus IWord<PresenceStatus>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`high`, `normal`, `low`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<Priority>))]
public readonly record struct Priority(string Text) : IWord<Priority>
{
    public static Priority High => new("high");
    public static Priority Normal => new("normal");
    public static Priority Low => new("low");

    static Priority IWord<Priority>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`smtp`, `sendgrid`, `postmark`, `mailgun`, `ses`, `sandbox`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<ProviderType>))]
public readonly record struct ProviderType(string Text) : IWord<ProviderType>
{
    public static ProviderType Smtp => new("smtp");
    public static ProviderType Sendgrid => new("sendgrid");
    public static ProviderType Postmark => new("postmark");
    public static ProviderType Mailgun => new("mailgun");
    public static ProviderType Ses => new("ses");
    public static ProviderType Sandbox => new("sandbox");

    static ProviderType IWord<ProviderType>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`read`, `send`, `signal`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<RoomRight>))]
public readonly record struct RoomRight(string Text) : IWord<RoomRight>
{
    public static RoomRight Read => new("read");
    public static RoomRight Send => new("send");
    public static RoomRight Signal => new("signal");

    static RoomRight IWord<RoomRight>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`direct`, `group`, `channel`, `support`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<RoomType>))]
public readonly record struct RoomType(string Text) : IWord<RoomType>
{
    public static RoomType Direct => new("direct");
    public static RoomType Group => new("group");
    public static RoomType Channel => new("channel");
    public static RoomType Support => new("support");

    static RoomType IWord<RoomType>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`global`, `eu`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SendgridRegion>))]
public readonly record struct SendgridRegion(string Text) : IWord<SendgridRegion>
{
    public static SendgridRegion Global => new("global");
    public static SendgridRegion Eu => new("eu");

    static SendgridRegion IWord<SendgridRegion>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`hmac`, `ed25519`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SignatureKind>))]
public readonly record struct SignatureKind(string Text) : IWord<SignatureKind>
{
    public static SignatureKind Hmac => new("hmac");
    public static SignatureKind Ed25519 => new("ed25519");

    static SignatureKind IWord<SignatureKind>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`HS256`, `ES256`, `RS256`, `EdDSA`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SigningAlgorithm>))]
public readonly record struct SigningAlgorithm(string Text) : IWord<SigningAlgorithm>
{
    public static SigningAlgorithm HS256 => new("HS256");
    public static SigningAlgorithm ES256 => new("ES256");
    public static SigningAlgorithm RS256 => new("RS256");
    public static SigningAlgorithm EdDSA => new("EdDSA");

    static SigningAlgorithm IWord<SigningAlgorithm>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`never`, `online`, `offline`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SkipCondition>))]
public readonly record struct SkipCondition(string Text) : IWord<SkipCondition>
{
    public static SkipCondition Never => new("never");
    public static SkipCondition Online => new("online");
    public static SkipCondition Offline => new("offline");

    static SkipCondition IWord<SkipCondition>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`plain`, `login`, `none`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SmtpAuth>))]
public readonly record struct SmtpAuth(string Text) : IWord<SmtpAuth>
{
    public static SmtpAuth Plain => new("plain");
    public static SmtpAuth Login => new("login");
    public static SmtpAuth None => new("none");

    static SmtpAuth IWord<SmtpAuth>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`starttls`, `tls`, `none`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SmtpSecurity>))]
public readonly record struct SmtpSecurity(string Text) : IWord<SmtpSecurity>
{
    public static SmtpSecurity Starttls => new("starttls");
    public static SmtpSecurity Tls => new("tls");
    public static SmtpSecurity None => new("none");

    static SmtpSecurity IWord<SmtpSecurity>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`hard_bounce`, `complaint`, `unsubscribe`, `manual`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SuppressionReason>))]
public readonly record struct SuppressionReason(string Text) : IWord<SuppressionReason>
{
    public static SuppressionReason HardBounce => new("hard_bounce");
    public static SuppressionReason Complaint => new("complaint");
    public static SuppressionReason Unsubscribe => new("unsubscribe");
    public static SuppressionReason Manual => new("manual");

    static SuppressionReason IWord<SuppressionReason>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`all`, `broadcast`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SuppressionStream>))]
public readonly record struct SuppressionStream(string Text) : IWord<SuppressionStream>
{
    public static SuppressionStream All => new("all");
    public static SuppressionStream Broadcast => new("broadcast");

    static SuppressionStream IWord<SuppressionStream>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`enabled`, `paused`, `disabled`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<SwitchStatus>))]
public readonly record struct SwitchStatus(string Text) : IWord<SwitchStatus>
{
    public static SwitchStatus Enabled => new("enabled");
    public static SwitchStatus Paused => new("paused");
    public static SwitchStatus Disabled => new("disabled");

    static SwitchStatus IWord<SwitchStatus>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`active`, `suspended`, `deleting`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<TenantStatus>))]
public readonly record struct TenantStatus(string Text) : IWord<TenantStatus>
{
    public static TenantStatus Active => new("active");
    public static TenantStatus Suspended => new("suspended");
    public static TenantStatus Deleting => new("deleting");

    static TenantStatus IWord<TenantStatus>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`active`, `suspended`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<TenantSwitch>))]
public readonly record struct TenantSwitch(string Text) : IWord<TenantSwitch>
{
    public static TenantSwitch Active => new("active");
    public static TenantSwitch Suspended => new("suspended");

    static TenantSwitch IWord<TenantSwitch>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`accepted`, `delivered`, `read`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<UntilState>))]
public readonly record struct UntilState(string Text) : IWord<UntilState>
{
    public static UntilState Accepted => new("accepted");
    public static UntilState Delivered => new("delivered");
    public static UntilState Read => new("read");

    static UntilState IWord<UntilState>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`nothing`, `schedule`, `fair_share`, `rate`, `breaker`, `hold`, `report`, `earlier_step`, `provider`, `order`, `recipient`, `pause`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<WaitCause>))]
public readonly record struct WaitCause(string Text) : IWord<WaitCause>
{
    public static WaitCause Nothing => new("nothing");
    public static WaitCause Schedule => new("schedule");
    public static WaitCause FairShare => new("fair_share");
    public static WaitCause Rate => new("rate");
    public static WaitCause Breaker => new("breaker");
    public static WaitCause Hold => new("hold");
    public static WaitCause Report => new("report");
    public static WaitCause EarlierStep => new("earlier_step");
    public static WaitCause Provider => new("provider");
    public static WaitCause Order => new("order");
    public static WaitCause Recipient => new("recipient");
    public static WaitCause Pause => new("pause");

    static WaitCause IWord<WaitCause>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`hold`, `retry`, `continue`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<WhenUnknown>))]
public readonly record struct WhenUnknown(string Text) : IWord<WhenUnknown>
{
    public static WhenUnknown Hold => new("hold");
    public static WhenUnknown Retry => new("retry");
    public static WhenUnknown Continue => new("continue");

    static WhenUnknown IWord<WhenUnknown>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}

/// <summary>`members`, `admins`, `tenant`; or a word that is newer than this client.</summary>
[JsonConverter(typeof(WordJson<WritePolicy>))]
public readonly record struct WritePolicy(string Text) : IWord<WritePolicy>
{
    public static WritePolicy Members => new("members");
    public static WritePolicy Admins => new("admins");
    public static WritePolicy Tenant => new("tenant");

    static WritePolicy IWord<WritePolicy>.Of(string text) => new(text);

    public override string ToString() => Text ?? "";
}
