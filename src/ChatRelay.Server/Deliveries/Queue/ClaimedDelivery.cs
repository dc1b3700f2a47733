using ChatRelay.Channels;
using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>A delivery that this incarnation may attempt now: nobody else has it, and only its claim may settle it.</summary>
internal sealed record ClaimedDelivery
{
    public required Guid Tenant { get; init; }
    public required Guid Id { get; init; }
    public Guid? Notification { get; init; }
    public required ChannelKind Channel { get; init; }
    public required Lane Lane { get; init; }
    public required Guid Incarnation { get; init; }
    public required long Claim { get; init; }
    public required Progress Before { get; init; }
    public ProviderId? Provider { get; init; }
    public string Trigger { get; init; } = "automatic";
    public bool Simple { get; init; }

    /// <summary>When it came due; null when it was born leased.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public bool Begun { get; init; }

    /// <summary>It runs as a suspect, and nothing beside it.</summary>
    public bool Alone { get; init; }
    public Suspicion Suspicion { get; init; }

    /// <summary>Others of this key wait behind it.</summary>
    public string? Ordering { get; init; }

    /// <summary>What is to be sent: read with the claim, or handed over by the request that made it.</summary>
    public Parcel? Parcel { get; init; }

    public int Attempt => Before.Attempts + 1;
}

/// <summary>The parts of a delivery and its notification that a sender needs.</summary>
internal sealed record Parcel
{
    public string? Url { get; init; }
    public Guid? Endpoint { get; init; }
    public OnUnknown OnUnknown { get; init; }

    /// <summary>What narrows its choice of accounts: those that the step names, in its order, and the domain that it is from.</summary>
    public IReadOnlyList<ProviderId>? Providers { get; init; }
    public string? SenderDomain { get; init; }

    /// <summary>What its Message-ID ends in, whichever account it goes through.</summary>
    public string? MessageDomain { get; init; }
    public RetrySchedule Schedule { get; init; } = RetrySchedule.Default;
    public string? ToUser { get; init; }
    public string? ToEmail { get; init; }
    public string? Category { get; init; }
    public Guid? Room { get; init; }
    public string? From { get; init; }
    public string? ExternalId { get; init; }
    public string? Metadata { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The common content and, laid over it, the step's own. Both null: it was erased.</summary>
    public string? Content { get; set; }
    public string? StepContent { get; set; }

    /// <summary>As many bytes of content were left where they lie, since they are more than any text has: they are read when there is room. 0: nothing was.</summary>
    public int LargeBytes { get; init; }

    /// <summary>Content from here on is large.</summary>
    public const int Large = 256 * 1024;

    /// <summary>It is rendered, and an attempt may take a minute: ten megabytes of files are thirty as text.</summary>
    public void LetGo() => (Content, StepContent) = (null, null);

    public SkipIf SkipIf { get; init; }

    /// <summary>The span of the request that asked for it, as `traceparent`; null when nobody traces it.</summary>
    public string? Trace { get; init; }

    /// <summary>For an event's delivery; null when the log does not hold it any more.</summary>
    public EventFacts? Event { get; init; }
}

/// <summary>An event as it is posted.</summary>
internal sealed record EventFacts(Guid Id, string Type, string? Account, string Data, DateTimeOffset At, string? Trace = null);
