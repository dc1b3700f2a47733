using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using Outcome = ChatRelay.Protocol.Outcome;

namespace ChatRelay.Tests.Deliveries;

public sealed class DeliveryPolicyTests
{
    private static readonly ProviderId First = new(Guid.Parse("00000000-0000-7000-8000-000000000001"));
    private static readonly ProviderId Second = new(Guid.Parse("00000000-0000-7000-8000-000000000002"));
    private static readonly SendOutcome Reset = new SendOutcome.TryLater(Outcome.ConnectionError);
    private static readonly SendOutcome TooLarge = new SendOutcome.Refused(Outcome.ProviderRejected) { ThisAccountOnly = true };
    private static readonly SendOutcome Unknown = new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = true };

    [Fact]
    public void An_accepted_attempt_is_sent() =>
        Assert.IsType<DeliveryDecision.Sent>(Decide(Webhook(), new SendOutcome.Accepted()));

    [Fact]
    public void A_refusal_is_final_and_says_whether_the_target_goes_too() =>
        Assert.Equal(new DeliveryDecision.GiveUp(false, DisableTarget: true), Decide(Webhook(), new SendOutcome.Refused(Outcome.HttpError, DisableTarget: true)));

    [Fact]
    public void Retry_waits_for_Retry_After_when_the_receiver_asks()
    {
        var again = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Webhook(), new SendOutcome.TryLater(Outcome.RateLimited, TimeSpan.FromMinutes(7))));
        Assert.Equal(TimeSpan.FromMinutes(7), again.Wait);
        Assert.Equal(new Progress(1, 1, [], null), again.Progress);
    }

    [Fact]
    public void A_webhook_that_may_have_arrived_is_tried_again_under_the_same_id() =>
        Assert.IsType<DeliveryDecision.TryAgain>(Decide(Webhook(), Unknown));

    [Fact]
    public void A_transient_failure_goes_to_the_next_provider_at_once()
    {
        var again = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email(), Reset));
        Assert.Equal(TimeSpan.Zero, again.Wait);
        Assert.Equal(Second, again.Provider);
        Assert.Equal(new Progress(1, 0, [First], null), again.Progress);
    }

    [Fact]
    public void When_all_providers_failed_the_next_round_waits_for_the_schedule()
    {
        var last = Email() with { Provider = Second, Before = new Progress(1, 0, [First], null) };
        var again = Assert.IsType<DeliveryDecision.TryAgain>(Decide(last, Reset));
        Assert.Equal(TimeSpan.FromSeconds(5), again.Wait);
        Assert.Equal(First, again.Provider);
        Assert.Equal(new Progress(2, 1, [], null), again.Progress);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void An_account_that_is_not_let_in_gives_way_to_the_next_and_alone_costs_no_round(bool forGood)
    {
        SendOutcome outcome = forGood ? new SendOutcome.Refused(Outcome.AuthFailed) : new SendOutcome.TryLater(Outcome.AuthFailed);
        var next = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email(), outcome));
        Assert.Equal((TimeSpan.Zero, Second, new Progress(1, 0, [First], null)), (next.Wait, next.Provider!.Value, next.Progress));
        var alone = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email() with { Providers = [First], Before = new(7, 6, [], null) }, outcome));
        Assert.Equal((DeliveryPolicy.AfterPause, First, new Progress(8, 6, [], null)), (alone.Wait, alone.Provider!.Value, alone.Progress));
        var pinned = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email() with { Before = new(1, 1, [], First) }, outcome));
        Assert.Equal((First, First), (pinned.Provider!.Value, pinned.Progress.Pinned!.Value));
        Assert.IsType<DeliveryDecision.GiveUp>(Decide(Webhook(), new SendOutcome.Refused(Outcome.AuthFailed)));
    }

    [Theory]
    [InlineData(Outcome.Quota), InlineData(Outcome.RateLimited)]
    public void What_an_account_may_not_send_just_now_is_not_the_mails_fault(Outcome outcome)
    {
        Assert.Equal(Second, Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email(), new SendOutcome.Refused(outcome))).Provider);
        Assert.IsType<DeliveryDecision.GiveUp>(Decide(Webhook(), new SendOutcome.Refused(outcome)));
    }

    [Fact]
    public void A_refused_mail_goes_to_no_other_account() =>
        Assert.IsType<DeliveryDecision.GiveUp>(Decide(Email(), new SendOutcome.Refused(Outcome.InvalidRecipient)));

    [Fact]
    public void A_limit_of_one_account_leaves_the_mail_to_the_next_and_is_remembered()
    {
        var next = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email(), TooLarge));
        Assert.Equal((TimeSpan.Zero, Second, new Progress(1, 0, [First], null) { Refused = [First] }), (next.Wait, next.Provider!.Value, next.Progress));

        var failed = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email() with { Provider = Second, Before = next.Progress }, Reset));
        Assert.Equal((TimeSpan.FromSeconds(5), Second, new Progress(2, 1, [], null) { Refused = [First] }), (failed.Wait, failed.Provider!.Value, failed.Progress));
        Assert.Equal(new DeliveryDecision.GiveUp(false), Decide(Email() with { Provider = Second, Before = failed.Progress }, TooLarge));
    }

    [Fact]
    public void A_limit_of_every_account_ends_the_mail_at_once()
    {
        Assert.Equal(new DeliveryDecision.GiveUp(false), Decide(Email() with { Providers = [First] }, TooLarge));
        Assert.Equal(new DeliveryDecision.GiveUp(false), Decide(Email() with { Provider = Second, Before = new(1, 0, [First], null) { Refused = [First] } }, TooLarge));
        Assert.Equal(new DeliveryDecision.GiveUp(false), Decide(Webhook(), TooLarge));
    }

    [Fact]
    public void Behind_a_limit_an_account_that_only_failed_before_gets_its_next_round()
    {
        var again = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email() with { Provider = Second, Before = new(1, 0, [First], null) }, TooLarge));
        Assert.Equal((TimeSpan.FromSeconds(5), First, new Progress(2, 1, [], null) { Refused = [Second] }), (again.Wait, again.Provider!.Value, again.Progress));
    }

    [Fact]
    public void Behind_a_limit_an_account_that_rests_is_waited_for()
    {
        var waits = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email() with { Providers = [First], Resting = [Second] }, TooLarge));
        Assert.Equal((TimeSpan.Zero, Second), (waits.Wait, waits.Provider!.Value));
    }

    [Fact]
    public void A_mail_that_another_attempt_may_have_sent_ends_at_a_limit_and_says_so() =>
        Assert.Equal(new DeliveryDecision.GiveUp(MaybeSent: true), Decide(Email() with { Before = new(1, 1, [], First) }, TooLarge));

    [Fact]
    public void When_no_account_takes_mail_the_next_round_stays_where_it_is()
    {
        var again = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email() with { Providers = [] }, Reset));
        Assert.Equal((TimeSpan.FromSeconds(5), null, 1), (again.Wait, again.Provider, again.Progress.Rounds));
    }

    [Fact]
    public void A_mail_that_may_have_gone_out_is_held_by_default() =>
        Assert.IsType<DeliveryDecision.Hold>(Decide(Email(), Unknown));

    [Fact]
    public void On_unknown_retry_stays_with_the_same_provider()
    {
        var again = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email() with { OnUnknown = OnUnknown.Retry }, Unknown));
        Assert.Equal(First, again.Provider);
        Assert.Equal(First, again.Progress.Pinned);

        var clearFailure = Assert.IsType<DeliveryDecision.TryAgain>(Decide(Email() with { OnUnknown = OnUnknown.Retry, Before = again.Progress }, Reset));
        Assert.Equal(First, clearFailure.Provider);
        Assert.Equal(2, clearFailure.Progress.Rounds);
    }

    [Fact]
    public void On_unknown_continue_gives_the_step_up_and_says_why() =>
        Assert.Equal(new DeliveryDecision.GiveUp(MaybeSent: true), Decide(Email() with { OnUnknown = OnUnknown.Continue }, Unknown));

    [Fact]
    public void Attempts_never_exceed_the_schedule_times_the_providers() => Prop.ForAll(
        (from providers in Gen.Choose(0, 4)
         from waits in Gen.Choose(0, 60).ListOf().Where(w => w.Count is > 0 and < 12)
         from unknown in Gen.Elements(Enum.GetValues<OnUnknown>())
         from seed in Gen.Choose(0, int.MaxValue)
         select (providers, waits, unknown, seed)).ToArbitrary(), t =>
        {
            var random = new Random(t.seed);
            var accounts = Enumerable.Range(1, t.providers).Select(n => new ProviderId(new Guid(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]))).ToList();
            var delivery = new AttemptContext(t.providers == 0 ? ChannelKind.Webhook : ChannelKind.Email, t.unknown,
                RetrySchedule.Own([.. t.waits]), Progress.None, accounts.Count > 0 ? accounts[0] : null, accounts);
            var most = t.waits.Count * Math.Max(1, t.providers);
            for (var attempts = 1; attempts <= most; attempts++)
            {
                var outcome = random.Next(4) == 0 ? TooLarge : new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = random.Next(4) == 0 };
                if (DeliveryPolicy.Decide(delivery, outcome, random.NextDouble()) is not DeliveryDecision.TryAgain again) return true;
                if (again.Progress.Attempts != attempts || again.Progress.Tried.Distinct().Count() != again.Progress.Tried.Count) return false;
                if (again.Provider is { } next && again.Progress.Refused.Contains(next)) return false;
                if (again.Progress.Pinned is { } pinned && again.Provider != pinned) return false;
                delivery = delivery with { Before = again.Progress, Provider = again.Provider };
            }
            return false; // it went on past its schedule
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Only_a_crash_while_it_ran_alone_counts_and_three_are_poison()
    {
        var row = Suspicion.None.AfterCrash(begun: false, alone: false);
        Assert.Equal(Suspicion.None, row);
        row = row.AfterCrash(begun: true, alone: false);
        Assert.False(row.IsSuspect); // once is bad luck
        row = row.AfterCrash(begun: true, alone: false).AfterCrash(begun: true, alone: false);
        Assert.True(row.IsSuspect);
        Assert.Equal(0, row.Alone);
        row = row.AfterCrash(true, true).AfterCrash(true, true);
        Assert.False(row.IsPoison);
        Assert.True(row.AfterCrash(true, true).IsPoison);
    }

    [Fact]
    public void A_lost_worker_costs_no_round_and_the_next_attempt_comes_at_once()
    {
        var again = Assert.IsType<DeliveryDecision.TryAgain>(DeliveryPolicy.DecideLost(Webhook(), new Suspicion(1, 0), chance: 0.5));
        Assert.True(again.Wait <= TimeSpan.FromSeconds(1));
        Assert.Equal(new Progress(1, 0, [], null), again.Progress);
        Assert.IsType<DeliveryDecision.Hold>(DeliveryPolicy.DecideLost(Email(), new Suspicion(1, 0), chance: 0.5));
        Assert.IsType<DeliveryDecision.Quarantine>(DeliveryPolicy.DecideLost(Webhook(), new Suspicion(2, 3), chance: 0.5));
    }

    private static DeliveryDecision Decide(AttemptContext delivery, SendOutcome outcome) => DeliveryPolicy.Decide(delivery, outcome, chance: 0.5);

    private static AttemptContext Webhook() => new(ChannelKind.Webhook, OnUnknown.Hold, RetrySchedule.Default, Progress.None, null, []);

    private static AttemptContext Email() => new(ChannelKind.Email, OnUnknown.Hold, RetrySchedule.Default, Progress.None, First, [First, Second]);
}
