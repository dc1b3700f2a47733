using ChatRelay.Deliveries;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Deliveries;

/// <summary>
/// Routes over screens and mail in a world where anything may happen at any time: devices come, go, ack and read; users switch channels off; providers answer
/// late or twice; time runs out; nodes die before a commit, or after one whose answer is lost, and do the same again.
/// </summary>
public sealed class RouteStoryTests
{
    [Fact]
    public void Each_step_begins_at_most_once_and_only_after_the_one_before_ended_without_success() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => new Story(seed).Run()).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    /// <summary>The test has teeth: a machine that moved on after a success would be caught.</summary>
    [Fact]
    public void A_step_that_begins_after_a_success_is_noticed()
    {
        var story = new Story(7);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() =>
        {
            for (var seed = 0; seed < 500; seed++) new Story(seed) { Flaw = true }.Run();
        });
        story.Run();
    }

    private sealed class Story
    {
        private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        private readonly Random world;
        private readonly bool[] screen, shown, wanted;
        private readonly SkipIf[] skips;
        private readonly List<(int Step, DeliveryStatus Status)> told = []; // the timeline
        private RouteState route;
        private DateTimeOffset now = Noon;
        private bool connected;

        public Story(int seed)
        {
            world = new(seed);
            var steps = world.Next(1, 5);
            (screen, shown, wanted) = ([.. Steps(_ => world.Next(2) == 0)], new bool[steps], [.. Steps(_ => world.Next(5) > 0)]);
            skips = [.. Steps(_ => (SkipIf)world.Next(3))];
            route = new([.. Steps(i => new StepState(screen[i] ? (Until)world.Next(1, 3) : (Until)world.Next(2),
                i + 1 < steps || world.Next(2) == 0 ? TimeSpan.FromSeconds(world.Next(5, 120)) : null, screen[i] ? OnUnknown.Hold : (OnUnknown)world.Next(3)))],
                Noon.AddSeconds(world.Next(200, 2_000)));
            IEnumerable<T> Steps<T>(Func<int, T> of) => Enumerable.Range(0, steps).Select(of);
        }

        public bool Flaw { get; init; }

        public void Run()
        {
            Do(new RouteEvent.Started(now));
            for (var i = 0; i < 80; i++)
            {
                now += TimeSpan.FromSeconds(world.Next(12));
                Happen();
            }
            Settle();
            var status = StatusTold();
            Assert.True(route.HasEnded, $"it ends: {this}");
            Assert.True(route.Status == status, $"{route.Status} is not what the timeline says, {status}: {this}");
        }

        private void Happen()
        {
            switch (world.Next(12))
            {
                case 0: connected = !connected; break;
                case 1: wanted[world.Next(wanted.Length)] ^= true; break;
                case 2 or 3: Begin(); break;
                case 4: Hear(DeliveryStatus.Delivered); break;
                case 5: Hear(DeliveryStatus.Read); break;
                case 6 or 7: Answer(); break;
                case 8: Provider(); break;
                case 9 when world.Next(4) == 0: Do(new RouteEvent.CancelAsked(now)); break;
                default: Do(new RouteEvent.TimePassed(now)); break;
            }
        }

        /// <summary>What is due is taken up: shown, sent, or left out by preference or by who is there.</summary>
        private void Begin()
        {
            var at = route.Current;
            if (at < 0 || route.HasEnded || route.Steps[at].Status is not (DeliveryStatus.Queued or DeliveryStatus.Retrying)) return;
            if (!screen[at])
            {
                Do(new RouteEvent.AttemptBegan(at, now));
                if (!wanted[at] && route.Steps[at].InFlight) Do(new RouteEvent.AttemptSettled(at, new DeliveryDecision.LeaveOut(DeliveryStatus.Suppressed), now));
            }
            else if (!shown[at] && !wanted[at]) Do(new RouteEvent.LeftOut(at, DeliveryStatus.Suppressed, now));
            else if (!shown[at] && skips[at] == (connected ? SkipIf.Online : SkipIf.Offline)) Do(new RouteEvent.LeftOut(at, DeliveryStatus.Skipped, now));
            else if (!shown[at] && world.Next(4) > 0) // else the node dies before its commit
            {
                route = route.With(at, route.Steps[at] with { BegunAt = now });
                shown[at] = true;
            }
        }

        /// <summary>A device or the user says something about a step that was shown, however long ago.</summary>
        private void Hear(DeliveryStatus status)
        {
            var some = Enumerable.Range(0, screen.Length).Where(i => shown[i]).ToList();
            if (!connected || some.Count == 0) return;
            Do(new RouteEvent.Reported(some[world.Next(some.Count)], status, now));
        }

        /// <summary>An attempt that is under way ends, or its node dies with it.</summary>
        private void Answer()
        {
            if (route.Current < 0 || route.HasEnded || !route.Steps[route.Current].InFlight) return;
            var at = route.Current;
            var unknown = new DeliveryDecision.TryAgain(TimeSpan.FromSeconds(5), Progress.None, MaybeSent: true);
            DeliveryDecision decision = world.Next(6) switch
            {
                0 or 1 => new DeliveryDecision.Sent(),
                2 => new DeliveryDecision.GiveUp(MaybeSent: false),
                3 => new DeliveryDecision.TryAgain(TimeSpan.FromSeconds(5), Progress.None, MaybeSent: false),
                _ => route.Steps[at].OnUnknown switch { OnUnknown.Hold => new DeliveryDecision.Hold(Progress.None), OnUnknown.Continue => new DeliveryDecision.GiveUp(MaybeSent: true), _ => unknown },
            };
            Do(new RouteEvent.AttemptSettled(at, decision, now));
        }

        /// <summary>What a provider tells later of a mail that it took.</summary>
        private void Provider()
        {
            var sent = Enumerable.Range(0, screen.Length).Where(i => !screen[i] && route.Steps[i].Attempts > 0 && !route.Steps[i].InFlight).ToList();
            if (sent.Count > 0) Do(new RouteEvent.Reported(sent[world.Next(sent.Count)], world.Next(3) == 0 ? DeliveryStatus.Bounced : DeliveryStatus.Delivered, now));
        }

        private void Settle()
        {
            for (var i = 0; i < 20; i++)
            {
                now += TimeSpan.FromHours(1);
                if (route.Current >= 0 && !route.HasEnded && route.Steps[route.Current].InFlight) Do(new RouteEvent.AttemptSettled(route.Current, new DeliveryDecision.Sent(), now));
                Do(new RouteEvent.TimePassed(now));
            }
        }

        /// <summary>One transaction: lost before its commit, or done, or done twice because its answer was lost.</summary>
        private void Do(RouteEvent happened)
        {
            if (world.Next(8) == 0 && happened is not RouteEvent.Started) return; // whoever had it comes again, or time does
            Apply(happened);
            if (world.Next(8) == 0 && happened is not RouteEvent.AttemptBegan) Apply(happened);
        }

        private void Apply(RouteEvent happened)
        {
            var before = Loaded();
            var after = RouteMachine.Apply(before, happened);
            if (Flaw && after.HasEnded && !before.HasEnded && before.Current >= 0 && before.Current + 1 < after.Steps.Length && after.Steps[before.Current].HasReached)
                after = after.With(before.Current + 1, after.Steps[before.Current + 1] with { Status = DeliveryStatus.Queued, BegunAt = now });
            for (var i = 0; i < after.Steps.Length; i++)
            {
                Assert.True(before.Steps[i].BegunAt is null || before.Steps[i].BegunAt == after.Steps[i].BegunAt, $"step {i} begins once: {this}");
                if (before.Steps[i].BegunAt is null && after.Steps[i].BegunAt is not null) SeeBeginning(before, after, i);
                if (before.Steps[i].Status != after.Steps[i].Status) told.Add((i, after.Steps[i].Status));
            }
            route = after;
        }

        /// <summary>As the writer finds it: the clock of a screen that nobody was shown yet does not run.</summary>
        private RouteState Loaded()
        {
            var at = route.Current;
            return at >= 0 && !route.HasEnded && screen[at] && !shown[at] && route.Steps[at].BegunAt is not null ? route.With(at, route.Steps[at] with { BegunAt = now }) : route;
        }

        private void SeeBeginning(RouteState before, RouteState after, int step)
        {
            Assert.True(!told.Contains((step, DeliveryStatus.Queued)), $"step {step} begins once: {this}");
            if (step == 0) return;
            var last = after.Steps[step - 1];
            Assert.True(last.Status.IsTerminal(), $"step {step} begins after {step - 1} ended: {this}");
            Assert.True(!last.HasReached, $"step {step} begins although {step - 1} reached what it should: {this}");
            Assert.True(last.MayBeLeft, $"step {step} begins although {step - 1} may have gone out: {this}");
            Assert.True(before.Current == step - 1, $"step {step} begins after {before.Current}: {this}");
        }

        /// <summary>What somebody would say who has read the timeline and nothing else.</summary>
        private NotificationStatus StatusTold()
        {
            var last = told.GroupBy(t => t.Step).OrderBy(g => g.Key).Select(g => g.Last().Status).ToList();
            foreach (var (delivery, notification) in (ValueTuple<DeliveryStatus, NotificationStatus>[])[(DeliveryStatus.Read, NotificationStatus.Read), (DeliveryStatus.Delivered, NotificationStatus.Delivered), (DeliveryStatus.Sent, NotificationStatus.Sent)])
                if (last.Contains(delivery)) return notification;
            return last.FindLast(s => s is not (DeliveryStatus.Skipped or DeliveryStatus.Suppressed)) switch
            {
                DeliveryStatus.Failed or DeliveryStatus.Bounced => NotificationStatus.Failed,
                DeliveryStatus.Expired => NotificationStatus.Expired,
                DeliveryStatus.Canceled => NotificationStatus.Canceled,
                _ => NotificationStatus.Suppressed,
            };
        }

        public override string ToString() => string.Join(", ", told.Select(t => $"{t.Step} {t.Status}"));
    }
}
