using ChatRelay.Channels;
using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>What policy needs to know about the delivery whose attempt has ended.</summary>
/// <param name="Providers">provider accounts that take mail now, in the order of a round; empty for channels without</param>
internal sealed record AttemptContext(
    ChannelKind Channel, OnUnknown OnUnknown, RetrySchedule Schedule, Progress Before, ProviderId? Provider, IReadOnlyList<ProviderId> Providers)
{
    /// <summary>Accounts that it could go through as well, and that take nothing just now.</summary>
    public IReadOnlyList<ProviderId> Resting { get; init; } = [];
}

/// <summary>Says what follows an attempt: a pure function of the delivery, the outcome and a number between 0 and 1.</summary>
internal static class DeliveryPolicy
{
    /// <summary>By then its account is known to be paused, wherever the delivery is claimed next.</summary>
    public static readonly TimeSpan AfterPause = TimeSpan.FromSeconds(5);

    public static DeliveryDecision Decide(AttemptContext delivery, SendOutcome outcome, double chance) => outcome switch
    {
        SendOutcome.Accepted => new DeliveryDecision.Sent(),
        { MaybeSent: false, Outcome: Outcome.AuthFailed } when delivery.Channel is ChannelKind.Email => AfterPaused(delivery),
        SendOutcome.Refused { MaybeSent: false } no when IsAccounts(delivery, no.Outcome) => AfterFailure(delivery, new SendOutcome.TryLater(no.Outcome), chance),
        SendOutcome.Refused { MaybeSent: false, ThisAccountOnly: true } no when delivery.Channel is ChannelKind.Email => AfterLimit(delivery, no, chance),
        SendOutcome.Refused no => new DeliveryDecision.GiveUp(no.MaybeSent, no.DisableTarget),
        SendOutcome.TryLater later when later.MaybeSent && MattersTwice(delivery.Channel) => AfterUnknown(delivery, later, chance),
        SendOutcome.TryLater later => AfterFailure(delivery, later, chance),
        _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
    };

    /// <summary>Its node died while the attempt ran: nobody's fault but ours, so it costs no round and waits for nobody.</summary>
    public static DeliveryDecision DecideLost(AttemptContext delivery, Suspicion suspicion, double chance)
    {
        if (suspicion.IsPoison) return new DeliveryDecision.Quarantine();
        var progress = Ended(delivery) with { Tried = delivery.Before.Tried };
        if (!MattersTwice(delivery.Channel)) return new DeliveryDecision.TryAgain(TimeSpan.FromSeconds(chance), progress, MaybeSent: true, delivery.Provider);
        return delivery.OnUnknown switch
        {
            OnUnknown.Hold => new DeliveryDecision.Hold(progress with { Pinned = delivery.Provider }),
            OnUnknown.Continue => new DeliveryDecision.GiveUp(MaybeSent: true),
            _ => new DeliveryDecision.TryAgain(TimeSpan.FromSeconds(chance), progress with { Pinned = delivery.Provider }, MaybeSent: true, delivery.Provider),
        };
    }

    // A receiver of webhooks tells a repeat by its id; a reader of mail cannot.
    private static bool MattersTwice(ChannelKind channel) => channel is ChannelKind.Email;

    private static DeliveryDecision AfterUnknown(AttemptContext delivery, SendOutcome.TryLater outcome, double chance) => delivery.OnUnknown switch
    {
        OnUnknown.Hold => new DeliveryDecision.Hold(Ended(delivery) with { Pinned = delivery.Provider }),
        OnUnknown.Continue => new DeliveryDecision.GiveUp(MaybeSent: true),
        _ => NextRound(delivery with { Before = delivery.Before with { Pinned = delivery.Provider } }, outcome, chance),
    };

    private static DeliveryDecision AfterFailure(AttemptContext delivery, SendOutcome.TryLater outcome, double chance)
    {
        if (delivery.Before.Pinned is null && NextProvider(delivery) is { } next)
            return new DeliveryDecision.TryAgain(TimeSpan.Zero, Ended(delivery), outcome.MaybeSent, next);
        return NextRound(delivery, outcome, chance);
    }

    // The account is paused now: another one, or the same when somebody has mended it. That costs the delivery no round.
    private static DeliveryDecision.TryAgain AfterPaused(AttemptContext delivery) => delivery.Before.Pinned is null && NextProvider(delivery) is { } next
        ? new(TimeSpan.Zero, Ended(delivery), MaybeSent: false, next)
        : new(AfterPause, Ended(delivery) with { Tried = [] }, MaybeSent: false, delivery.Provider);

    // What an account may not send just now is no fault of the mail's.
    private static bool IsAccounts(AttemptContext delivery, Outcome outcome) =>
        delivery.Channel is ChannelKind.Email && outcome is Outcome.Quota or Outcome.RateLimited;

    // The account is asked about this mail no more. It goes on as long as there is another that has not said the same, even one that rests now.
    private static DeliveryDecision AfterLimit(AttemptContext delivery, SendOutcome.Refused no, double chance)
    {
        if (delivery.Before.Pinned is not null || delivery.Provider is not { } here) return new DeliveryDecision.GiveUp(delivery.Before.Pinned is not null);
        var others = delivery with
        {
            Before = delivery.Before with { Refused = [.. delivery.Before.Refused, here] },
            Providers = [.. delivery.Providers, .. delivery.Resting],
        };
        return FirstOf(others) is null ? new DeliveryDecision.GiveUp(MaybeSent: false) : AfterFailure(others, new SendOutcome.TryLater(no.Outcome), chance);
    }

    private static DeliveryDecision NextRound(AttemptContext delivery, SendOutcome.TryLater outcome, double chance)
    {
        var progress = Ended(delivery) with { Rounds = delivery.Before.Rounds + 1, Tried = [] };
        return delivery.Schedule.After(progress.Rounds, progress.Attempts, IsOverloaded(outcome), outcome.RetryAfter, chance) is { } wait
            ? new DeliveryDecision.TryAgain(wait, progress, outcome.MaybeSent, progress.Pinned ?? FirstOf(delivery))
            : new DeliveryDecision.GiveUp(outcome.MaybeSent || progress.Pinned is not null);
    }

    private static ProviderId? NextProvider(AttemptContext delivery) =>
        FirstOf(delivery with { Providers = [.. delivery.Providers.Where(p => p != delivery.Provider && !delivery.Before.Tried.Contains(p))] });

    private static ProviderId? FirstOf(AttemptContext delivery)
    {
        foreach (var provider in delivery.Providers)
            if (!delivery.Before.Refused.Contains(provider)) return provider;
        return null;
    }

    private static Progress Ended(AttemptContext delivery) => delivery.Before with
    {
        Attempts = delivery.Before.Attempts + 1,
        Tried = delivery.Provider is { } used ? [.. delivery.Before.Tried, used] : delivery.Before.Tried,
    };

    private static bool IsOverloaded(SendOutcome outcome) =>
        outcome.Outcome is Outcome.Timeout or Outcome.RateLimited || outcome.Reply?.Status is 429 or 502 or 503 or 504;
}
