using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Operations.Alerts;

/// <summary>An alert: from when a rule was broken until it held again.</summary>
internal sealed record AlertView
{
    public required AlertId Id { get; init; }
    public required AlertRule Rule { get; init; }
    public required string Summary { get; init; }
    public required DateTimeOffset FiredAt { get; init; }

    [Note("Null while it fires.")]
    public required DateTimeOffset? ResolvedAt { get; init; }

    [Note("The rule's figure when it fired, and at its worst since.")]
    public required double Value { get; init; }
    public required double Worst { get; init; }
    public required double Threshold { get; init; }
    public required DateTimeOffset? AcknowledgedAt { get; init; }
    public required string? AcknowledgedBy { get; init; }
    public required IReadOnlyList<Telling> Told { get; init; }

    /// <summary>What was said of it, or is to be.</summary>
    internal sealed record Telling
    {
        [Note("outside: the address in CHATRELAY_ALERT_URL. relay: by way of a tenant.")]
        public required string Sink { get; init; }

        [Note("fired or resolved.")]
        public required string Turn { get; init; }
        public required DateTimeOffset? ToldAt { get; init; }

        [Note("Why the last try did not get through.")]
        public required string? Error { get; init; }
    }

    public const string Example = """
        {"id":"alr_01jd3m7q8x6zv9k2b4n5c8d1fg","rule":"queue_age","summary":"The oldest due delivery has waited for longer than 300 s: 412.5 s.","fired_at":"2026-01-31T12:00:00.000Z","resolved_at":null,
         "value":412.5,"worst":530,"threshold":300,"acknowledged_at":null,"acknowledged_by":null,"told":[{"sink":"outside","turn":"fired","told_at":"2026-01-31T12:00:01.000Z","error":null}]}
        """;
}

/// <summary>A rule: how it is set, and where it stands.</summary>
internal sealed record AlertRuleView
{
    public required AlertRule Rule { get; init; }

    [Note("What is broken, up to the threshold.")]
    public required string Says { get; init; }

    [Note("What the figures count: seconds, a share of one, or things.")]
    public required AlertUnit Unit { get; init; }
    public required bool Enabled { get; init; }

    [Note("disk_free fires below it, the others above.")]
    public required double Threshold { get; init; }
    public required double DefaultThreshold { get; init; }

    [Note("How long the figure has to be wrong before it fires, and well clear before it resolves.")]
    public required int ForS { get; init; }
    public required int DefaultForS { get; init; }

    [Note("The figure as it was judged last; null if nobody knows it.")]
    public required double? Value { get; init; }
    public required DateTimeOffset? JudgedAt { get; init; }
    public required bool Firing { get; init; }

    [Note("Until then nothing is told of it; what fires still is told afterwards.")]
    public required DateTimeOffset? SilencedUntil { get; init; }
    public required string Runbook { get; init; }

    public const string Example = """
        {"rule":"queue_age","says":"The oldest due delivery has waited for longer than","unit":"seconds","enabled":true,"threshold":300,"default_threshold":300,"for_s":120,"default_for_s":120,
         "value":0.4,"judged_at":"2026-01-31T12:00:00.000Z","firing":false,"silenced_until":null,"runbook":"docs/runbooks/queue-old.md"}
        """;
}

/// <summary>All rules, and where alerts are told.</summary>
internal sealed record AlertRulesView
{
    public required IReadOnlyList<AlertRuleView> Rules { get; init; }

    [Note("Whether this node has an address in CHATRELAY_ALERT_URL.")]
    public required bool Outside { get; init; }

    [Note("Whether it has one in CHATRELAY_HEARTBEAT_URL.")]
    public required bool Heartbeat { get; init; }

    public const string Example = $$"""{"rules":[{{AlertRuleView.Example}}],"outside":true,"heartbeat":true}""";
}

/// <summary>By way of which tenant, and to whom, the relay itself tells of alerts.</summary>
internal sealed record AlertRouteView
{
    [Note("Null: no way is set.")]
    public required TenantId? Tenant { get; init; }
    public required string? Email { get; init; }
    public required string? WebhookUrl { get; init; }

    public const string Example = """{"tenant":"ten_01jd3m7q8x6zv9k2b4n5c8d1fg","email":"on-call@example.com","webhook_url":null}""";
}
