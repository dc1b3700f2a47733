using System.Diagnostics;
using ChatRelay.Channels;
using ChatRelay.Channels.Webhook;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Suppressions;
using ChatRelay.Telemetry;
using ChatRelay.Users;

namespace ChatRelay.Deliveries;

/// <summary>Sends what was claimed and settles it. Holds no truth: killing it costs one lease, not one message.</summary>
internal sealed partial class DeliveryWorker(
    ChannelSenders senders, Rendering rendering, LargeContents large, ProviderAccounts accounts, WebhookEndpoints endpoints, EndpointWatch watch, RecipientLimits limits, Quotas quotas, Settlements settlements, WorkBoard board, WakeUps wake, RelayClock clock, Chance chance,
    DeliveryMetrics metrics, Tracing tracing, ILogger<DeliveryWorker> log)
{
    // No stopping token from here on: what is already on the wire must have its outcome written down.
    public async Task DeliverAsync(ClaimedDelivery delivery)
    {
        var holdsPlace = true;
        try
        {
            await DeliverAsync(delivery, () => holdsPlace = false);
        }
        finally
        {
            if (holdsPlace) board.HandBack(delivery.Lane); // never begun, or a bug of ours: the place is not lost with it
        }
    }

    private async Task DeliverAsync(ClaimedDelivery delivery, Action leftPlace)
    {
        if (await TryAsync(delivery) is not { } tried) return; // (1) (2)
        using var span = Span(delivery, tried.Started);
        var outcome = tried.Outcome;

        // (3) decide
        var decision = DeliveryPolicy.Decide(ContextOf(delivery, tried), outcome, chance.NextDouble());
        if (span is not null) Describe(span, outcome, decision, tried.Started + tried.Took);

        // (4) the place is free for the next one while this outcome is written down
        board.Ended(delivery.Lane, outcome is SendOutcome.Accepted, BlamesTarget(outcome), chance.NextDouble());
        leftPlace();
        if (tried.Account is { } limited && PauseAskedFor(limited, outcome) is { } pause) board.Spare(AccountLimits.TargetOf(limited), clock.GetUtcNow() + pause);
        if (board.HasOpenLanes) wake.Here();

        // (5) settle; nothing is given up here: the claim is ours until someone takes it
        if (tried.Note is { } note) outcome = outcome with { Detail = outcome.Detail is { } said ? $"{said} {note}" : note };
        var settled = await settlements.SettleAsync(delivery, AttemptRecord.Of(delivery, outcome, tried.Started, tried.Took), decision, Suspicion.None);
        metrics.Settled(delivery, outcome, settled);
        if (tried.Account is { } account && !outcome.HasLeft) await LearnAsync(delivery, account, outcome);
        if (delivery.Parcel?.Endpoint is { } endpoint && tried.WasSent) await LearnAsync(delivery.Tenant, new EndpointId(endpoint), outcome, decision);
        LogAttempted(new DeliveryId(delivery.Id), new TenantId(delivery.Tenant), delivery.Channel, delivery.Attempt, outcome.Outcome, decision.GetType().Name, settled);
    }

    /// <summary>What an attempt came to, and what there is to know of what was sent. The mail itself is gone by then, and so is its room.</summary>
    private sealed record Tried(SendOutcome Outcome, DateTimeOffset Started, TimeSpan Took, string? Note, bool WasSent, Provider? Account, IReadOnlyList<Provider> Usable);

    /// <summary>Null when there was no attempt.</summary>
    private async Task<Tried?> TryAsync(ClaimedDelivery delivery)
    {
        // (1) render, and mark the beginning where a second copy would do harm
        using var room = await large.RoomForAsync(delivery);
        if (room is not null && board.Closed && !delivery.Alone)
        {
            await settlements.NeverBeganAsync(delivery); // it waited for so long that the node stops: an attempt that begins now might be cut off
            return null;
        }
        Rendered rendered;
        try
        {
            await large.ReadAsync(delivery);
            rendered = await rendering.RenderAsync(delivery);
        }
        catch (Exception e) when (LostConnection.IsBehind(e))
        {
            await settlements.NeverBeganAsync(delivery); // its tenant or its content cannot be read now: back to the queue as soon as that answers
            return null;
        }
        LargeContents.LetGo(delivery, room);
        var begun = await BeginAsync(delivery, rendered);
        if (begun is Begun.Not)
        {
            await settlements.NeverBeganAsync(delivery); // cancelled meanwhile, no longer ours, or without an account
            return null;
        }
        if (begun is Begun.LeftOut left)
        {
            await LeaveOutAsync(delivery, left);
            return null;
        }

        // (2) try once
        var (started, since) = (clock.GetUtcNow(), Stopwatch.GetTimestamp());
        metrics.Began(delivery, started);
        var outcome = begun is Begun.Send { Request: var send } ? await senders.SendAsync(send, CancellationToken.None) : ((Rendered.Ended)rendered).Outcome;
        var ready = rendered as Rendered.Ready;
        return new(outcome, started, Stopwatch.GetElapsedTime(since), (begun as Begun.Send)?.Note, ready is not null, ready?.Account, ready?.Usable ?? []);
    }

    private Activity? Span(ClaimedDelivery delivery, DateTimeOffset at) => delivery.Parcel?.Trace is not { } request ? null : tracing.Attempt(
        request, delivery.DueAt ?? RelayId.TimeOf(delivery.Id), at,
        new("chatrelay.delivery_id", new DeliveryId(delivery.Id).ToString()), new("chatrelay.tenant_id", new TenantId(delivery.Tenant).ToString()),
        new("chatrelay.channel", Words.Of(delivery.Channel)), new("chatrelay.attempt", delivery.Attempt));

    // No target and no answer: both are a stranger's words.
    private static void Describe(Activity span, SendOutcome outcome, DeliveryDecision decision, DateTimeOffset ended)
    {
        span.SetTag("chatrelay.outcome", Words.Of(outcome.Outcome)).SetTag("chatrelay.decision", decision.GetType().Name);
        if (outcome.Reply?.Status is > 0 and var status) span.SetTag("http.response.status_code", status);
        if (outcome is not SendOutcome.Accepted) span.SetStatus(ActivityStatusCode.Error);
        span.SetEndTime(ended.UtcDateTime);
        span.Stop(); // writing the outcome down is no part of it
    }

    private async Task<Begun> BeginAsync(ClaimedDelivery delivery, Rendered rendered)
    {
        if (rendered is Rendered.NoAccount) board.Know(delivery.Lane.Target, new TargetLimits(null, null, Away: true)); // nothing more of this lane, until there is
        if (rendered is Rendered.NoAddress) return new Begun.LeftOut(DeliveryStatus.Skipped, "no_address");
        if (rendered is not Rendered.Ready { Account: var account, Send: var send }) return rendered is Rendered.Ended ? new Begun.Ended() : new Begun.Not();
        if (account is not null && !await quotas.TakeAsync(account)) return new Begun.Not();
        var subject = SubjectOf(delivery);
        var wish = subject is null ? null : new WishCheck(subject);
        var check = send is SendRequest.Email { Message: var mail } ? new RecipientCheck(delivery.Tenant, Begun.RecipientsOf(mail), mail.Broadcast, await CapsOfAsync(delivery, account), subject) : null;
        Begun begun = await settlements.BeginAsync(delivery, wish, check) ? Begun.Of(send, wish, check) : new Begun.Not();
        if (account is not null && begun is not Begun.Send) await quotas.GiveBackAsync(account);
        return begun;
    }

    // A step is asked about once, when it begins: by then the user may have changed their mind since it was accepted.
    private static StepSubject? SubjectOf(ClaimedDelivery delivery) => delivery is { Before.Attempts: 0, Parcel: { ToUser: { } user } parcel }
        ? new(delivery.Tenant, user, parcel.Category, Words.Of(delivery.Channel), parcel.Room, parcel.From) : null;

    // A mail counts once, when it is first tried. What the sandbox keeps floods nobody.
    private async ValueTask<RecipientCaps?> CapsOfAsync(ClaimedDelivery delivery, Provider? account) =>
        delivery.Before.Attempts > 0 || account is null or { Type: ProviderType.Sandbox } ? null : await limits.OfAsync(delivery.Tenant);

    /// <summary>Its recipient gets none of it: no attempt was made, and the route goes on.</summary>
    private async Task LeaveOutAsync(ClaimedDelivery delivery, Begun.LeftOut left)
    {
        var none = new SendOutcome.Refused(Outcome.InvalidRecipient); // of an attempt that is not written down
        var settled = await settlements.SettleAsync(delivery, AttemptRecord.Of(delivery, none, clock.GetUtcNow(), TimeSpan.Zero), new DeliveryDecision.LeaveOut(left.As, left.Reason), Suspicion.None);
        LogLeftOut(new DeliveryId(delivery.Id), new TenantId(delivery.Tenant), left.Reason, settled);
    }

    /// <summary>What a mail that did not go out says about its account.</summary>
    private async Task LearnAsync(ClaimedDelivery delivery, Provider account, SendOutcome outcome)
    {
        await quotas.GiveBackAsync(account);
        // The mailbox's own server has said that there is none; an API's word of it may be a rule about how addresses are written.
        if (outcome is SendOutcome.Refused { Outcome: Outcome.InvalidRecipient } && account.Type is ProviderType.Smtp or ProviderType.Sandbox && delivery.Parcel?.ToEmail is { } gone)
            await settlements.SuppressAsync(SuppressionRow.Of(delivery.Tenant, gone, SuppressionReason.HardBounce, clock.GetUtcNow()) with { Delivery = delivery.Id });
        if (outcome.Outcome is Outcome.AuthFailed && await accounts.PauseAsync(account)) LogPaused(account.Id, new TenantId(delivery.Tenant), account.Type);
    }

    /// <summary>How long a provider wants nothing more of this account. The sandbox plays a limit to one recipient only.</summary>
    private static TimeSpan? PauseAskedFor(Provider account, SendOutcome outcome) => account.Type is not ProviderType.Sandbox && outcome is SendOutcome.TryLater { Outcome: Outcome.RateLimited, RetryAfter: { } wait }
        ? (wait < RetrySchedule.LongestRetryAfter ? wait : RetrySchedule.LongestRetryAfter) : null;

    /// <summary>What an attempt says about its endpoint. One that is gone is asked no more.</summary>
    private async Task LearnAsync(Guid tenant, EndpointId id, SendOutcome outcome, DeliveryDecision decision)
    {
        watch.Saw(tenant, id, outcome is SendOutcome.Accepted, clock.GetUtcNow());
        if (decision is not DeliveryDecision.GiveUp { DisableTarget: true }) return;
        if ((await endpoints.OfAsync(tenant, CancellationToken.None)).Find(id) is { } endpoint && await endpoints.DisableAsync(endpoint, WebhookEndpoint.Gone)) LogGone(id, new TenantId(tenant));
    }

    private AttemptContext ContextOf(ClaimedDelivery delivery, Tried tried)
    {
        if (tried.Account is null) return ContextOf(delivery);
        var shut = tried.Usable.ToLookup(a => board.StandingOf(AccountLimits.TargetOf(a)) is Standing.Shut, a => a.Id);
        return ContextOf(delivery) with { Providers = [.. shut[false]], Resting = [.. shut[true]] };
    }

    public static AttemptContext ContextOf(ClaimedDelivery delivery) => new(
        delivery.Channel, delivery.Parcel?.OnUnknown ?? OnUnknown.Hold, delivery.Parcel?.Schedule ?? RetrySchedule.Default,
        delivery.Before, delivery.Provider, delivery.Provider is { } provider ? [provider] : []);

    // The receiver's fault, as far as a breaker is concerned: it does not answer, or says that it cannot. An account that is not let in is paused instead.
    public static bool BlamesTarget(SendOutcome outcome) => outcome.Outcome switch
    {
        Outcome.Timeout or Outcome.ConnectionError or Outcome.TlsError or Outcome.DnsError or Outcome.RateLimited or Outcome.Quota => true,
        Outcome.HttpError => outcome is SendOutcome.TryLater && outcome.Reply?.Status is >= 500,
        Outcome.ProviderRejected => outcome is SendOutcome.TryLater && outcome.Reply?.Status is 421, // how an SMTP server says that it is down
        _ => false,
    };

    [LoggerMessage(2001, LogLevel.Information, "delivery.attempted {DeliveryId} {TenantId} {Channel} #{Attempt}: {Outcome} -> {Decision} {Settled}")]
    private partial void LogAttempted(DeliveryId deliveryId, TenantId tenantId, ChannelKind channel, int attempt, Outcome outcome, string decision, Settled settled);

    [LoggerMessage(2006, LogLevel.Information, "delivery.left_out {DeliveryId} {TenantId}: {Reason} {Settled}")]
    private partial void LogLeftOut(DeliveryId deliveryId, TenantId tenantId, string reason, Settled settled);

    [LoggerMessage(2004, LogLevel.Warning, "provider.paused {ProviderId} {TenantId} {Type}: it refused the credentials")]
    private partial void LogPaused(ProviderId providerId, TenantId tenantId, ProviderType type);

    [LoggerMessage(2005, LogLevel.Warning, "endpoint.disabled {EndpointId} {TenantId}: it answered that it is gone")]
    private partial void LogGone(EndpointId endpointId, TenantId tenantId);
}
