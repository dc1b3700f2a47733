using System.Text.Json.Serialization;

namespace ChatRelay.Protocol;

/// <summary>A tenant.</summary>
[JsonConverter(typeof(RelayIdJson<TenantId>))]
public readonly record struct TenantId(Guid Value) : IRelayId<TenantId>
{
    public static string Prefix => "ten";
    public static TenantId From(Guid value) => new(value);
    public int CompareTo(TenantId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A tenant's API key.</summary>
[JsonConverter(typeof(RelayIdJson<ApiKeyId>))]
public readonly record struct ApiKeyId(Guid Value) : IRelayId<ApiKeyId>
{
    public static string Prefix => "key";
    public static ApiKeyId From(Guid value) => new(value);
    public int CompareTo(ApiKeyId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>An operator's key.</summary>
[JsonConverter(typeof(RelayIdJson<OperatorKeyId>))]
public readonly record struct OperatorKeyId(Guid Value) : IRelayId<OperatorKeyId>
{
    public static string Prefix => "opk";
    public static OperatorKeyId From(Guid value) => new(value);
    public int CompareTo(OperatorKeyId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A key that signs users' tokens.</summary>
[JsonConverter(typeof(RelayIdJson<SigningKeyId>))]
public readonly record struct SigningKeyId(Guid Value) : IRelayId<SigningKeyId>
{
    public static string Prefix => "sgn";
    public static SigningKeyId From(Guid value) => new(value);
    public int CompareTo(SigningKeyId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A tenant's account at a provider.</summary>
[JsonConverter(typeof(RelayIdJson<ProviderId>))]
public readonly record struct ProviderId(Guid Value) : IRelayId<ProviderId>
{
    public static string Prefix => "prv";
    public static ProviderId From(Guid value) => new(value);
    public int CompareTo(ProviderId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A notification.</summary>
[JsonConverter(typeof(RelayIdJson<NotificationId>))]
public readonly record struct NotificationId(Guid Value) : IRelayId<NotificationId>
{
    public static string Prefix => "ntf";
    public static NotificationId From(Guid value) => new(value);
    public int CompareTo(NotificationId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>One step of a notification, or one event for one endpoint.</summary>
[JsonConverter(typeof(RelayIdJson<DeliveryId>))]
public readonly record struct DeliveryId(Guid Value) : IRelayId<DeliveryId>
{
    public static string Prefix => "dlv";
    public static DeliveryId From(Guid value) => new(value);
    public int CompareTo(DeliveryId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>One try of a delivery.</summary>
[JsonConverter(typeof(RelayIdJson<AttemptId>))]
public readonly record struct AttemptId(Guid Value) : IRelayId<AttemptId>
{
    public static string Prefix => "att";
    public static AttemptId From(Guid value) => new(value);
    public int CompareTo(AttemptId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A webhook endpoint.</summary>
[JsonConverter(typeof(RelayIdJson<EndpointId>))]
public readonly record struct EndpointId(Guid Value) : IRelayId<EndpointId>
{
    public static string Prefix => "ep";
    public static EndpointId From(Guid value) => new(value);
    public int CompareTo(EndpointId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>An entry of the event log.</summary>
[JsonConverter(typeof(RelayIdJson<EventId>))]
public readonly record struct EventId(Guid Value) : IRelayId<EventId>
{
    public static string Prefix => "evt";
    public static EventId From(Guid value) => new(value);
    public int CompareTo(EventId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A room.</summary>
[JsonConverter(typeof(RelayIdJson<RoomId>))]
public readonly record struct RoomId(Guid Value) : IRelayId<RoomId>
{
    public static string Prefix => "room";
    public static RoomId From(Guid value) => new(value);
    public int CompareTo(RoomId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A message in a room.</summary>
[JsonConverter(typeof(RelayIdJson<MessageId>))]
public readonly record struct MessageId(Guid Value) : IRelayId<MessageId>
{
    public static string Prefix => "msg";
    public static MessageId From(Guid value) => new(value);
    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>An address that gets no mail.</summary>
[JsonConverter(typeof(RelayIdJson<SuppressionId>))]
public readonly record struct SuppressionId(Guid Value) : IRelayId<SuppressionId>
{
    public static string Prefix => "sup";
    public static SuppressionId From(Guid value) => new(value);
    public int CompareTo(SuppressionId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A background job.</summary>
[JsonConverter(typeof(RelayIdJson<JobId>))]
public readonly record struct JobId(Guid Value) : IRelayId<JobId>
{
    public static string Prefix => "job";
    public static JobId From(Guid value) => new(value);
    public int CompareTo(JobId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>Something that operators are told of: from when a rule was broken until it held again.</summary>
[JsonConverter(typeof(RelayIdJson<AlertId>))]
public readonly record struct AlertId(Guid Value) : IRelayId<AlertId>
{
    public static string Prefix => "alr";
    public static AlertId From(Guid value) => new(value);
    public int CompareTo(AlertId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>One HTTP request.</summary>
[JsonConverter(typeof(RelayIdJson<RequestId>))]
public readonly record struct RequestId(Guid Value) : IRelayId<RequestId>
{
    public static string Prefix => "req";
    public static RequestId From(Guid value) => new(value);
    public int CompareTo(RequestId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>Notifications made from one request.</summary>
[JsonConverter(typeof(RelayIdJson<GroupId>))]
public readonly record struct GroupId(Guid Value) : IRelayId<GroupId>
{
    public static string Prefix => "grp";
    public static GroupId From(Guid value) => new(value);
    public int CompareTo(GroupId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}

/// <summary>A mail that the sandbox kept.</summary>
[JsonConverter(typeof(RelayIdJson<SandboxEmailId>))]
public readonly record struct SandboxEmailId(Guid Value) : IRelayId<SandboxEmailId>
{
    public static string Prefix => "sbx";
    public static SandboxEmailId From(Guid value) => new(value);
    public int CompareTo(SandboxEmailId other) => Value.CompareTo(other.Value);
    public override string ToString() => RelayId.Format(this);
}
