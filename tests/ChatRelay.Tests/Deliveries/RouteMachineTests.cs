using System.Collections.Immutable;
using ChatRelay.Channels;
using ChatRelay.Deliveries;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

public sealed class RouteMachineTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly StepState Hook = new(Until.Accepted, null, OnUnknown.Hold);

    [Fact]
    public void A_step_that_is_accepted_ends_the_route_and_skips_the_rest()
    {
        var route = Run(Route(Hook, Hook), new RouteEvent.Started(Noon), Began(0), Settled(0, new DeliveryDecision.Sent()));
        Assert.Equal([DeliveryStatus.Sent, DeliveryStatus.Skipped], Statuses(route));
        Assert.True(route.HasEnded);
        Assert.Equal(NotificationStatus.Sent, route.Status);
    }

    [Fact]
    public void A_step_that_failed_for_good_gives_way_to_the_next()
    {
        var route = Run(Route(Hook, Hook), new RouteEvent.Started(Noon), Began(0), Settled(0, GaveUp));
        Assert.Equal([DeliveryStatus.Failed, DeliveryStatus.Queued], Statuses(route));
        Assert.Equal(Noon, route.Steps[1].BegunAt);
        Assert.Equal(NotificationStatus.Sending, route.Status);
    }

    [Fact]
    public void A_deadline_waits_for_the_attempt_in_flight_and_is_judged_when_it_settles()
    {
        var step = Hook with { Within = TimeSpan.FromSeconds(30) };
        var flying = Run(Route(step, Hook), new RouteEvent.Started(Noon), Began(0), new RouteEvent.TimePassed(Noon.AddSeconds(60)));
        Assert.Equal([DeliveryStatus.Sending, DeliveryStatus.Waiting], Statuses(flying));

        var late = RouteMachine.Apply(flying, Settled(0, Again, Noon.AddSeconds(61)));
        Assert.Equal([DeliveryStatus.Expired, DeliveryStatus.Queued], Statuses(late));

        var lucky = RouteMachine.Apply(flying, Settled(0, new DeliveryDecision.Sent(), Noon.AddSeconds(61)));
        Assert.Equal([DeliveryStatus.Sent, DeliveryStatus.Skipped], Statuses(lucky));
    }

    [Fact]
    public void Until_delivered_waits_after_sent_and_moves_on_when_its_time_is_over()
    {
        var mail = new StepState(Until.Delivered, TimeSpan.FromHours(1), OnUnknown.Hold);
        var sent = Run(Route(mail, Hook), new RouteEvent.Started(Noon), Began(0), Settled(0, new DeliveryDecision.Sent()));
        Assert.Equal([DeliveryStatus.Sent, DeliveryStatus.Waiting], Statuses(sent));

        var delivered = RouteMachine.Apply(sent, new RouteEvent.Reported(0, DeliveryStatus.Delivered, Noon.AddMinutes(5)));
        Assert.Equal([DeliveryStatus.Delivered, DeliveryStatus.Skipped], Statuses(delivered));

        var late = RouteMachine.Apply(sent, new RouteEvent.TimePassed(Noon.AddHours(1)));
        Assert.Equal([DeliveryStatus.Sent, DeliveryStatus.Queued], Statuses(late));
    }

    [Fact]
    public void A_late_bounce_reopens_nothing()
    {
        var done = Run(Route(Hook, Hook), new RouteEvent.Started(Noon), Began(0), Settled(0, new DeliveryDecision.Sent()));
        var bounced = RouteMachine.Apply(done, new RouteEvent.Reported(0, DeliveryStatus.Bounced, Noon.AddDays(1)));
        Assert.Equal([DeliveryStatus.Bounced, DeliveryStatus.Skipped], Statuses(bounced));
        Assert.Equal(NotificationStatus.Failed, bounced.Status);
    }

    [Theory]
    [InlineData((int)OnUnknown.Hold)]
    [InlineData((int)OnUnknown.Retry)]
    public void After_a_mail_that_may_have_gone_out_the_route_does_not_move_on(int onUnknown)
    {
        var mail = new StepState(Until.Accepted, TimeSpan.FromSeconds(30), (OnUnknown)onUnknown);
        var failed = Run(Route(mail, Hook), new RouteEvent.Started(Noon), Began(0), Settled(0, new DeliveryDecision.GiveUp(MaybeSent: true)));
        Assert.Equal([DeliveryStatus.Failed, DeliveryStatus.Skipped], Statuses(failed));

        var held = Run(Route(mail, Hook), new RouteEvent.Started(Noon), Began(0), Settled(0, new DeliveryDecision.Hold(Progress.None)),
            new RouteEvent.TimePassed(Noon.AddHours(1)));
        Assert.Equal([DeliveryStatus.Held, DeliveryStatus.Waiting], Statuses(held));
    }

    [Fact]
    public void On_unknown_continue_moves_on()
    {
        var mail = new StepState(Until.Accepted, null, OnUnknown.Continue);
        var route = Run(Route(mail, Hook), new RouteEvent.Started(Noon), Began(0), Settled(0, new DeliveryDecision.GiveUp(MaybeSent: true)));
        Assert.Equal([DeliveryStatus.Failed, DeliveryStatus.Queued], Statuses(route));
    }

    [Fact]
    public void A_cancel_ends_what_waits_and_records_what_is_in_flight()
    {
        var flying = Run(Route(Hook, Hook), new RouteEvent.Started(Noon), Began(0), new RouteEvent.CancelAsked(Noon));
        Assert.Equal([DeliveryStatus.Sending, DeliveryStatus.Waiting], Statuses(flying));
        Assert.Equal([DeliveryStatus.Sent, DeliveryStatus.Skipped], Statuses(RouteMachine.Apply(flying, Settled(0, new DeliveryDecision.Sent()))));
        Assert.Equal([DeliveryStatus.Canceled, DeliveryStatus.Canceled], Statuses(RouteMachine.Apply(flying, Settled(0, Again))));
        Assert.Equal([DeliveryStatus.Failed, DeliveryStatus.Canceled], Statuses(RouteMachine.Apply(flying, Settled(0, GaveUp))));
    }

    [Fact]
    public void An_expiry_before_the_first_step_ends_all()
    {
        var route = RouteMachine.Apply(Route(Hook, Hook) with { ExpiresAt = Noon }, new RouteEvent.TimePassed(Noon));
        Assert.Equal([DeliveryStatus.Expired, DeliveryStatus.Expired], Statuses(route));
        Assert.Equal(NotificationStatus.Expired, route.Status);
    }

    [Fact]
    public void A_suppressed_step_gives_way_and_alone_it_names_the_notification()
    {
        var two = Run(Route(Hook, Hook), new RouteEvent.Started(Noon), new RouteEvent.LeftOut(0, DeliveryStatus.Suppressed, Noon));
        Assert.Equal([DeliveryStatus.Suppressed, DeliveryStatus.Queued], Statuses(two));
        Assert.Equal(NotificationStatus.Queued, two.Status);

        var one = Run(Route(Hook), new RouteEvent.Started(Noon), new RouteEvent.LeftOut(0, DeliveryStatus.Suppressed, Noon));
        Assert.Equal(NotificationStatus.Suppressed, one.Status);
    }

    [Fact]
    public void Whatever_happens_a_route_keeps_its_promises() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var world = new Random(seed);
        var route = RandomRoute(world);
        var now = Noon;
        for (var i = 0; i < 60; i++)
        {
            now += TimeSpan.FromSeconds(world.Next(20));
            var before = route;
            var happened = RandomEvent(world, route.Steps.Length, now);
            route = RouteMachine.Apply(route, happened);
            Check(before, happened, route);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    private static void Check(RouteState before, RouteEvent happened, RouteState after)
    {
        var what = $"{happened}\n{before}: {string.Join(' ', Statuses(before))}\n{after}: {string.Join(' ', Statuses(after))}";
        for (var i = 0; i < before.Steps.Length; i++)
        {
            var (was, now) = (before.Steps[i], after.Steps[i]);
            Assert.True(Reachable(was.Status, now.Status), what);
            Assert.True(was.BegunAt is null || was.BegunAt == now.BegunAt, "begins once: " + what);
            var mayEndIt = happened is RouteEvent.AttemptSettled or RouteEvent.HandedBack or RouteEvent.Reported;
            Assert.True(!was.InFlight || now.InFlight || mayEndIt, "only an outcome ends an attempt: " + what);
            Assert.True(i <= after.Current || now.Status is DeliveryStatus.Waiting || after.HasEnded, "later steps wait: " + what);
        }
        Assert.True(after.Steps.Count(s => !s.Status.IsTerminal() && s.Status is not DeliveryStatus.Waiting) <= 1, "one step at a time: " + what);
        Assert.True(!after.HasEnded || after.Steps.All(s => s.Status.IsTerminal()), "an ended route leaves nothing waiting: " + what);
        Assert.True(before.Current <= after.Current, "never back: " + what);
        var bounce = happened is RouteEvent.Reported { Status: DeliveryStatus.Bounced };
        Assert.True(bounce || before.Status <= after.Status || before.Status.IsTerminal() == after.Status.IsTerminal(), "the notification: " + what);
    }

    // One event may take a step over several moves (settled, then judged), each of them in the table.
    private static bool Reachable(DeliveryStatus from, DeliveryStatus to) => from == to || from.MayBecome(to)
        || Enum.GetValues<DeliveryStatus>().Any(middle => from.MayBecome(middle) && middle.MayBecome(to));

    private static RouteState RandomRoute(Random world) => new(
        [.. Enumerable.Range(0, world.Next(1, 5)).Select(_ => new StepState(
            (Until)world.Next(3), world.Next(2) == 0 ? null : TimeSpan.FromSeconds(world.Next(1, 120)), (OnUnknown)world.Next(3)))],
        world.Next(3) == 0 ? Noon.AddSeconds(world.Next(600)) : null);

    private static RouteEvent RandomEvent(Random world, int steps, DateTimeOffset at) => world.Next(14) switch
    {
        0 => new RouteEvent.Started(at),
        1 or 2 or 3 => new RouteEvent.AttemptBegan(world.Next(steps), at),
        4 => new RouteEvent.HandedBack(world.Next(steps), at),
        5 or 6 => new RouteEvent.AttemptSettled(world.Next(steps), RandomDecision(world), at),
        7 => new RouteEvent.Reported(world.Next(steps), world.Next(3) switch { 0 => DeliveryStatus.Delivered, 1 => DeliveryStatus.Read, _ => DeliveryStatus.Bounced }, at),
        8 => new RouteEvent.LeftOut(world.Next(steps), world.Next(2) == 0 ? DeliveryStatus.Suppressed : DeliveryStatus.Skipped, at),
        9 => new RouteEvent.Held(world.Next(steps), at),
        10 => new RouteEvent.Released(world.Next(steps), at),
        11 when world.Next(4) == 0 => new RouteEvent.CancelAsked(at),
        _ => new RouteEvent.TimePassed(at),
    };

    private static DeliveryDecision RandomDecision(Random world) => world.Next(6) switch
    {
        0 => new DeliveryDecision.Sent(),
        1 => new DeliveryDecision.GiveUp(world.Next(2) == 0),
        2 => new DeliveryDecision.Hold(Progress.None),
        3 => new DeliveryDecision.Quarantine(),
        4 => new DeliveryDecision.LeaveOut(DeliveryStatus.Suppressed),
        _ => new DeliveryDecision.TryAgain(TimeSpan.FromSeconds(5), Progress.None, world.Next(2) == 0),
    };

    private static readonly DeliveryDecision Again = new DeliveryDecision.TryAgain(TimeSpan.FromSeconds(5), Progress.None, MaybeSent: false);
    private static readonly DeliveryDecision GaveUp = new DeliveryDecision.GiveUp(MaybeSent: false);

    private static RouteEvent.AttemptBegan Began(int step) => new(step, Noon);
    private static RouteEvent.AttemptSettled Settled(int step, DeliveryDecision decision, DateTimeOffset? at = null) => new(step, decision, at ?? Noon);
    private static RouteState Route(params StepState[] steps) => new([.. steps], null);
    private static RouteState Run(RouteState route, params RouteEvent[] events) => events.Aggregate(route, RouteMachine.Apply);
    private static ImmutableArray<DeliveryStatus> Statuses(RouteState route) => [.. route.Steps.Select(s => s.Status)];
}
