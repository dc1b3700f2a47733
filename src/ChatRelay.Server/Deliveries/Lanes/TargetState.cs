namespace ChatRelay.Deliveries;

/// <summary>Everything that can throttle a target on one node: breaker, rate, retry budget, a pause, and what is in flight.</summary>
/// <param name="Rate">this node's share; null when there is no limit</param>
/// <param name="MostInFlight">so that a target that hangs cannot take every slot</param>
internal sealed record TargetState(Breaker Breaker, Rate? Rate, TokenBucket Bucket, TokenBucket Budget, int InFlight, int MostInFlight, bool Paused)
{
    /// <summary>Its account is paused, disabled or gone.</summary>
    public bool Away { get; init; }

    /// <summary>What its account may take a day, and until when it rests because that was used up.</summary>
    public long? Quota { get; init; }
    public DateTimeOffset? RestsUntil { get; init; }

    /// <summary>Until when its provider asked to be left alone. A mail given back to the quota says nothing about that.</summary>
    public DateTimeOffset? SparedUntil { get; init; }

    private DateTimeOffset? StillUntil => RestsUntil > SparedUntil || SparedUntil is null ? RestsUntil : SparedUntil;

    /// <summary>The breaker as it was before its probe was taken: a probe that never began was none.</summary>
    public Breaker? Unprobed { get; init; }

    public static TargetState Fresh(Rate? rate, int mostInFlight, DateTimeOffset at) => new(
        Breaker.Unknown, rate, rate is { } r ? TokenBucket.Full(r, at) : default, TokenBucket.Full(RetryBudget.Trickle, at), 0, mostInFlight, false);

    /// <summary>How many of this lane may be taken now.</summary>
    public int MayTake(bool retries, DateTimeOffset now)
    {
        if (Paused || Away || StillUntil > now) return 0;
        var may = Math.Min(MostInFlight - InFlight, Breaker.MayTake(InFlight, now));
        if (Rate is { } rate) may = Math.Min(may, Bucket.Later(rate, now).Whole);
        if (retries) may = Math.Min(may, Budget.Later(RetryBudget.Trickle, now).Whole);
        return Math.Max(0, may);
    }

    /// <summary>Whether another account should take its mail. That it has much in flight, or is not known yet, is no reason.</summary>
    public Standing StandingAt(DateTimeOffset now)
    {
        if (Paused || Away || StillUntil > now || (Breaker.State is not BreakerState.Closed && now < Breaker.Until)) return Standing.Shut;
        if (Rate is { } rate && Bucket.Later(rate, now).Whole == 0) return Standing.Full;
        return Breaker is { Opened: > 0, Ramp: > 0 } && InFlight >= Breaker.Ramp ? Standing.Full : Standing.Open;
    }

    public TargetState Taken(int count, bool retries, DateTimeOffset now)
    {
        if (count == 0) return this;
        var budget = Budget.Later(RetryBudget.Trickle, now);
        for (var i = 0; i < count && !retries; i++) budget = RetryBudget.AfterFresh(budget);
        return this with
        {
            InFlight = InFlight + count,
            Breaker = Breaker.Taken(now),
            Unprobed = Breaker.State is BreakerState.Closed ? null : Breaker,
            Bucket = Rate is { } rate ? Bucket.Later(rate, now).Less(count) : Bucket,
            Budget = retries ? budget.Less(count) : budget,
        };
    }

    /// <summary>What was claimed and not begun comes back with its tokens.</summary>
    public TargetState HandedBack(bool retries) => this with
    {
        InFlight = InFlight - 1,
        Breaker = Unprobed ?? Breaker,
        Unprobed = null,
        Bucket = Rate is { } rate ? Bucket.More(1, rate) : Bucket,
        Budget = retries ? Budget.More(1, RetryBudget.Trickle) : Budget,
    };

    public TargetState Ended(bool succeeded, bool blamesTarget, bool retry, DateTimeOffset now, double chance) => this with
    {
        InFlight = InFlight - 1,
        Unprobed = null,
        Breaker = succeeded ? Breaker.Succeeded() : blamesTarget ? Breaker.Failed(now, chance) : Breaker,
        Budget = succeeded && retry ? RetryBudget.AfterRetrySucceeded(Budget) : Budget,
    };

    /// <summary>Asked to wait by one of several answers: the longest wish counts.</summary>
    public TargetState Spared(DateTimeOffset until) => SparedUntil > until ? this : this with { SparedUntil = until };

    /// <summary>A heartbeat found another number of live nodes, or the limit was changed.</summary>
    public TargetState WithRate(Rate? share, DateTimeOffset now) => share == Rate ? this : this with
    {
        Rate = share,
        Bucket = share is not { } rate ? default : Rate is { } old ? Bucket.Later(old, now).Later(rate, now) : TokenBucket.Full(rate, now),
    };

    /// <summary>What its account's settings allow. Another quota than before is asked for anew.</summary>
    public TargetState With(TargetLimits limits, Rate? share, DateTimeOffset now) => WithRate(share, now) with
    {
        Away = limits.Away,
        MostInFlight = Math.Min(MostInFlight, limits.MostInFlight ?? int.MaxValue),
        Quota = limits.DailyQuota,
        RestsUntil = limits.DailyQuota == Quota ? RestsUntil : null,
    };

    /// <summary>Why nothing may be taken now, and until when: what `why` shows.</summary>
    public (WaitsFor Why, DateTimeOffset? Until)? Throttle(bool retries, DateTimeOffset now)
    {
        if (Paused) return (WaitsFor.Hold, null);
        if (Away) return (WaitsFor.Provider, null);
        if (StillUntil > now) return (WaitsFor.Rate, StillUntil);
        if (Breaker.MayTake(InFlight, now) <= 0)
            return (WaitsFor.Breaker, Breaker.State is BreakerState.Closed ? null : Breaker.Until);
        if (Rate is { } rate && Bucket.Later(rate, now) is { Whole: 0 } bucket) return (WaitsFor.Rate, After(now, bucket.UntilNext(rate)));
        if (retries && Budget.Later(RetryBudget.Trickle, now) is { Whole: 0 } budget)
            return (WaitsFor.Rate, After(now, budget.UntilNext(RetryBudget.Trickle)));
        return InFlight >= MostInFlight ? (WaitsFor.FairShare, null) : null;
    }

    private static DateTimeOffset? After(DateTimeOffset now, TimeSpan wait) => wait == TimeSpan.MaxValue ? null : now + wait;
}

/// <summary>Whether a target takes more: yes; not just now, by its rate or while it comes back; or not for a while.</summary>
internal enum Standing { Open, Full, Shut }

/// <summary>What is set for a target: the most it takes a second over all nodes, the most a day, and whether it is to be left alone.</summary>
internal sealed record TargetLimits(double? MaxRatePerS, long? DailyQuota, bool Away)
{
    /// <summary>Where its kind of account takes fewer at once than others.</summary>
    public int? MostInFlight { get; init; }
}

/// <summary>What a delivery waits for.</summary>
internal enum WaitsFor { Nothing, Schedule, FairShare, Rate, Breaker, Hold, Report, EarlierStep, Provider, Order, Recipient, Pause }
