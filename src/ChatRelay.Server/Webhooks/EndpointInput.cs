using ChatRelay.Channels.Webhook;
using ChatRelay.Events;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;

namespace ChatRelay.Webhooks;

/// <summary>An endpoint as a client asks for it, whole: for POST and PUT.</summary>
internal sealed record EndpointInput : IRuled
{
    [Text(1, OutboundUrl.MaxLength)]
    public required string Url { get; init; }

    [ExternalId, Note("Your own id for it, unique in the environment: paths take it as ext:….")]
    public string? ExternalId { get; init; }

    [ExternalId, Note("Your own customer. It gets the events that were published for this customer, and no others; an endpoint without one gets the events without one.")]
    public string? Account { get; init; }

    [Text(0, 500)]
    public string? Description { get; init; }

    [Items(1, 100), Unique, Note("Types, or patterns such as message.*; all by default. Signals only by their names: presence.changed, room.occupied, room.vacated, read.moved, typing.started.", Example = """["notification.*","invoice.paid"]""")]
    public IReadOnlyList<TypePattern> EventTypes { get; init; } = [new("*")];

    [Items(0, 20), Keys(1, OutboundHeaders.MaxNameLength), Text(0, OutboundHeaders.MaxValueLength), Note("Headers of your own; of their values only the last characters are shown.")]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [Between(0.01, 100_000), Note("The most events a second, over all nodes; more wait.")]
    public double? MaxRatePerS { get; init; }

    [Between(5, 30)]
    public int TimeoutS { get; init; } = 15;

    [Items(0, 20), Between(1, EndpointRules.LongestWait), Note("Seconds to wait before the second, third, … attempt, followed as written. Without it the relay's own schedule.")]
    public IReadOnlyList<int>? RetryScheduleS { get; init; }

    [Note("One event of an ordering key at a time, in order. A failure holds back the events of its key only.")]
    public bool Ordered { get; init; }

    [Note("thin: only the event's id; what it says is read at GET /v1/events/{id}.")]
    public PayloadForm Payload { get; init; }

    [Note("hmac: a shared secret (whsec_). ed25519: a key pair, of which you get the public half (whpk_).")]
    public SignatureKind Signature { get; init; }
    public EndpointStatus Status { get; init; }

    [Text(0, 500), Note("Why it is paused or disabled.")]
    public string? DisabledReason { get; init; }

    public void Check(Faults faults)
    {
        EndpointRules.CheckHeaders(Headers, faults);
        EndpointRules.CheckSchedule(RetryScheduleS, faults);
        if (DisabledReason is not null && Status is EndpointStatus.Enabled) faults.Add("disabled_reason", FaultCodes.NotAllowed, "An endpoint that is enabled has none.");
    }
}

/// <summary>Rules that a new endpoint and a change have in common.</summary>
internal static class EndpointRules
{
    public const int LongestWait = 432_000; // five days, and so is the whole schedule: what is kept a week has been tried before that

    public static void CheckHeaders(IReadOnlyDictionary<string, string> headers, Faults faults)
    {
        using var _ = faults.In("headers");
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
        {
            if (OutboundHeaders.Fault(name, value) is { } fault) faults.Add(name, FaultCodes.NotAllowed, fault);
            else if (!seen.Add(name)) faults.Add(name, FaultCodes.NotUnique, "The same header in other letters stands here too.");
        }
    }

    public static void CheckSchedule(IReadOnlyList<int>? waits, Faults faults)
    {
        if (waits?.Sum(w => (long)w) > LongestWait) faults.Add("retry_schedule_s", FaultCodes.TooLarge, "All waits together are at most five days.");
    }

    /// <summary>The end of each value: at most four characters, and at most a third.</summary>
    public static IReadOnlyDictionary<string, string> EndingsOf(IReadOnlyDictionary<string, string> headers) =>
        headers.ToDictionary(h => h.Key, h => $"…{h.Value[^Math.Min(4, h.Value.Length / 3)..]}");
}
