using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

public sealed class LanesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_bucket_never_gives_more_than_its_rate_and_burst() => Prop.ForAll(
        (from perSecond in Gen.Choose(1, 500) from seed in Gen.Choose(0, int.MaxValue) select (perSecond, seed)).ToArbitrary(), t =>
        {
            var (world, rate, now, given) = (new Random(t.seed), Rate.Of(t.perSecond), Noon, 0);
            var bucket = TokenBucket.Full(rate, now);
            for (var i = 0; i < 200; i++)
            {
                now += TimeSpan.FromMilliseconds(world.Next(-50, 500)); // clocks step back, too
                bucket = bucket.Later(rate, now);
                var take = Math.Min(bucket.Whole, world.Next(20));
                bucket = bucket.Less(take);
                given += take;
            }
            return given <= rate.Burst + (t.perSecond * (bucket.At - Noon).TotalSeconds) + 1;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shares_of_all_nodes_are_the_limit() => Prop.ForAll(
        (from limit in Gen.Choose(1, 10_000) from nodes in Gen.Choose(1, 20) select (limit, nodes)).ToArbitrary(),
        t => Math.Abs((Rate.Of(t.limit).ShareOf(t.nodes).PerSecond * t.nodes) - t.limit) < 1e-6).QuickCheckThrowOnFailure();

    [Fact]
    public void A_breaker_opens_after_failures_in_a_row_probes_with_one_and_ramps_up_by_doubling()
    {
        var breaker = Breaker.Closed;
        for (var i = 0; i < Breaker.Threshold; i++) breaker = breaker.Failed(Noon, 0.5);
        Assert.Equal(BreakerState.Open, breaker.State);
        Assert.Equal(0, breaker.MayTake(0, Noon));
        Assert.Equal(1, breaker.MayTake(0, breaker.Until));

        var later = breaker.Until;
        breaker = breaker.Taken(later);
        Assert.Equal(0, breaker.MayTake(1, later));
        breaker = breaker.Succeeded();
        foreach (var height in (int[])[1, 2, 4, 8, 16, 32, 64])
        {
            Assert.Equal(height, breaker.MayTake(0, later));
            for (var i = 0; i < height; i++) breaker = breaker.Succeeded();
        }
        Assert.Equal(int.MaxValue, breaker.MayTake(1000, later));
    }

    [Fact]
    public void A_receiver_that_fails_now_and_then_gets_to_the_top_of_its_ramp()
    {
        var breaker = Breaker.Unknown;
        var answers = 0;
        for (; breaker.Ramp != 0; answers++)
        {
            breaker = answers % 20 == 19 ? breaker.Failed(Noon, 0.5) : breaker.Succeeded(); // one in twenty
            Assert.Equal(BreakerState.Closed, breaker.State);
        }
        Assert.InRange(answers, 120, 130);
    }

    [Fact]
    public void A_receiver_that_collapses_on_its_ramp_is_left_alone_after_a_few()
    {
        var first = (Breaker.Closed with { State = BreakerState.HalfOpen }).Succeeded();
        Assert.Equal(BreakerState.Open, first.Failed(Noon, 0.5).State); // right after the probe

        var further = first.Succeeded(); // two at once
        for (var i = 1; i < Breaker.RampThreshold; i++) Assert.Equal(BreakerState.Closed, (further = further.Failed(Noon, 0.5)).State);
        Assert.Equal(BreakerState.Open, further.Failed(Noon, 0.5).State);
    }

    [Fact]
    public void Whether_another_account_should_take_its_mail_follows_from_breaker_rate_quota_and_settings()
    {
        var target = TargetState.Fresh(null, 128, Noon);
        Assert.Equal(Standing.Open, target.StandingAt(Noon));
        Assert.Equal(Standing.Open, target.Taken(8, false, Noon).StandingAt(Noon)); // not known yet, and busy: no reason

        var open = target with { Breaker = Breaker.Closed with { State = BreakerState.Open, Opened = 1, Until = Noon.AddSeconds(5) } };
        Assert.Equal((Standing.Shut, Standing.Open), (open.StandingAt(Noon), open.StandingAt(Noon.AddSeconds(5))));
        var probed = open.Taken(1, false, Noon.AddSeconds(5));
        Assert.Equal(Standing.Shut, probed.StandingAt(Noon.AddSeconds(6)));
        var back = probed.Ended(succeeded: true, blamesTarget: false, retry: false, Noon.AddSeconds(6), 0.5);
        Assert.Equal((Standing.Open, Standing.Full), (back.StandingAt(Noon.AddSeconds(6)), back.Taken(1, false, Noon.AddSeconds(6)).StandingAt(Noon.AddSeconds(6))));

        var limited = target.With(new(1, 100, Away: false), Rate.Of(1), Noon).Taken(1, false, Noon);
        Assert.Equal((Standing.Full, 0, WaitsFor.Rate), (limited.StandingAt(Noon), limited.MayTake(false, Noon), limited.Throttle(false, Noon)!.Value.Why));
        Assert.Equal(Standing.Open, limited.StandingAt(Noon.AddSeconds(1)));

        var resting = limited with { RestsUntil = Noon.AddMinutes(1) };
        Assert.Equal((Standing.Shut, (WaitsFor.Rate, (DateTimeOffset?)Noon.AddMinutes(1))), (resting.StandingAt(Noon), resting.Throttle(false, Noon)!.Value));
        Assert.Equal(Noon.AddMinutes(1), resting.With(new(1, 100, Away: false), Rate.Of(1), Noon).RestsUntil);
        Assert.Null(resting.With(new(1, 101, Away: false), Rate.Of(1), Noon).RestsUntil); // another quota is asked for anew

        var spared = limited.Spared(Noon.AddMinutes(2)).Spared(Noon.AddMinutes(1)); // the longest wish counts
        Assert.Equal((Standing.Shut, 0, (WaitsFor.Rate, (DateTimeOffset?)Noon.AddMinutes(2))), (spared.StandingAt(Noon), spared.MayTake(false, Noon), spared.Throttle(false, Noon)!.Value));
        Assert.Equal(Standing.Open, spared.StandingAt(Noon.AddMinutes(2)));
        Assert.Equal(Standing.Shut, (spared.With(new(1, 101, Away: false), Rate.Of(1), Noon) with { RestsUntil = null }).StandingAt(Noon)); // it is no matter of the quota
        Assert.Equal(Noon.AddMinutes(3), (spared with { RestsUntil = Noon.AddMinutes(3) }).Throttle(false, Noon)!.Value.Until);

        var away = target.With(new(null, null, Away: true), null, Noon);
        Assert.Equal((Standing.Shut, 0, (WaitsFor.Provider, null)), (away.StandingAt(Noon), away.MayTake(false, Noon), away.Throttle(false, Noon)!.Value));
    }

    [Fact]
    public void An_account_that_takes_fewer_at_once_is_given_fewer()
    {
        var target = TargetState.Fresh(null, 128, Noon) with { Breaker = Breaker.Closed };
        var few = target.With(new(null, null, Away: false) { MostInFlight = 15 }, null, Noon);
        Assert.Equal((128, 15), (target.MayTake(false, Noon), few.MayTake(false, Noon)));
        var full = few.Taken(15, false, Noon);
        Assert.Equal((0, WaitsFor.FairShare, Standing.Open), (full.MayTake(false, Noon), full.Throttle(false, Noon)!.Value.Why, full.StandingAt(Noon)));
        Assert.Equal(0, full.With(new(null, null, Away: true), null, Noon).With(new(null, null, Away: false), null, Noon).MayTake(false, Noon)); // a pause does not lift it
    }

    [Fact]
    public void A_failed_probe_doubles_the_wait_up_to_five_minutes()
    {
        var breaker = Breaker.Closed with { Failures = Breaker.Threshold - 1 };
        var (now, waits) = (Noon, new List<double>());
        for (var i = 0; i < 9; i++)
        {
            breaker = breaker.Failed(now, 0.5);
            waits.Add((breaker.Until - now).TotalSeconds);
            now = breaker.Until;
            breaker = breaker.Taken(now);
        }
        Assert.Equal([5, 10, 20, 40, 80, 160, 300, 300, 300], waits);
    }

    [Fact]
    public void A_probe_that_never_comes_back_is_given_up()
    {
        var breaker = (Breaker.Closed with { State = BreakerState.Open, Until = Noon }).Taken(Noon);
        Assert.Equal(0, breaker.MayTake(0, Noon.AddSeconds(59)));
        Assert.Equal(1, breaker.MayTake(0, Noon.AddSeconds(60)));
    }

    [Fact]
    public void A_receiver_that_comes_back_is_never_hit_with_more_than_the_ramp() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var world = new Random(seed);
        var target = TargetState.Fresh(null, 128, Noon) with { Breaker = Breaker.Closed with { State = BreakerState.Open, Until = Noon } };
        var (now, flying) = (Noon, 0);
        for (var i = 0; i < 300; i++)
        {
            now += TimeSpan.FromMilliseconds(world.Next(1000));
            var take = target.MayTake(retries: true, now);
            if (target.Breaker.Ramp > 0 && flying + take > Math.Max(target.Breaker.Ramp, flying)) return false;
            target = target.Taken(take, retries: true, now);
            flying += take;
            for (var n = world.Next(flying + 1); n > 0; n--, flying--)
                target = target.Ended(succeeded: world.Next(10) > 0, blamesTarget: true, retry: true, now, world.NextDouble());
        }
        return target.InFlight == flying;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Failing_retries_are_held_to_a_tenth_of_the_fresh_traffic_and_a_trickle()
    {
        var target = TargetState.Fresh(null, int.MaxValue, Noon) with { Breaker = Breaker.Closed };
        var retries = 0;
        for (var second = 1; second <= 100; second++)
        {
            var now = Noon.AddSeconds(second);
            target = target.Taken(100, retries: false, now);
            for (var i = 0; i < 100; i++) target = target.Ended(true, false, retry: false, now, 0.5);
            var take = target.MayTake(retries: true, now);
            retries += take;
            target = target.Taken(take, retries: true, now);
            for (var i = 0; i < take; i++) target = target.Ended(false, blamesTarget: false, retry: true, now, 0.5);
        }
        Assert.InRange(retries, 900, 1120);
    }

    [Fact]
    public void What_is_handed_back_costs_nothing()
    {
        var target = TargetState.Fresh(Rate.Of(5), 128, Noon);
        var back = target.Taken(3, retries: false, Noon).HandedBack(false).HandedBack(false).HandedBack(false);
        Assert.Equal(target.MayTake(false, Noon), back.MayTake(false, Noon));
        Assert.Equal(0, back.InFlight);
    }

    [Fact]
    public void Free_places_are_used_up_and_never_overdrawn() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var world = new Random(seed);
        var all = world.Next(4, 300);
        var slots = new Slots(all, world.Next(all + 1), world.Next(all + 1));
        var open = Enumerable.Range(0, world.Next(1, 40))
            .Select(n => new OpenLane(Lane.Of((short)world.Next(6), Target(world.Next(5), $"t{n}")), world.Next(50), world.Next(8), world.Next(60))).ToList();
        var (_, quanta) = FairShare.Start.Choose(open, slots);
        var byLane = quanta.ToDictionary(q => q.Lane, q => q.Rows);
        var rows = quanta.Sum(q => q.Rows);
        return rows <= slots.Free
            && quanta.Where(q => q.Lane.Retries).Sum(q => q.Rows) <= slots.ForRetries
            && open.All(l => byLane.GetValueOrDefault(l.Lane) <= l.MayTake)
            && (rows >= Math.Min(slots.Common, open.Where(l => !l.Lane.Retries).Sum(l => l.MayTake)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_tenant_starves_while_it_has_work_and_tokens() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var world = new Random(seed);
        var tenants = world.Next(2, 12);
        // One greedy tenant with a thousand lanes; each of the others has one, of any priority.
        var open = Enumerable.Range(0, 200).Select(n => new OpenLane(Lane.Of(2, Target(0, $"g{n}")), 1000, 0, 0))
            .Concat(Enumerable.Range(1, tenants).Select(t => new OpenLane(Lane.Of((short)(world.Next(3) * 2), Target(t, "one")), 1000, 0, 0))).ToList();
        var (fair, served) = (FairShare.Start, new Dictionary<TenantId, int>());
        var slots = world.Next(1, 8);
        for (var turn = 0; turn < 50; turn++)
        {
            (fair, var quanta) = fair.Choose(open, new Slots(All: 0, slots, ForRetries: 0));
            foreach (var q in quanta) served[q.Lane.Tenant] = served.GetValueOrDefault(q.Lane.Tenant) + q.Rows;
        }
        var most = served.Values.Max();
        return served.Count == tenants + 1 && served.Values.Min() * 2 >= most - 50;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hanging_targets_cannot_take_the_last_quarter()
    {
        var slots = new Slots(All: 100, Free: 25, ForRetries: 75);
        var hanging = new OpenLane(Lane.Of(2, Target(1, "hangs")), 100, TargetInFlight: 40, TenantInFlight: 75);
        var healthy = new OpenLane(Lane.Of(2, Target(2, "healthy")), 100, TargetInFlight: 0, TenantInFlight: 0);
        var (_, quanta) = FairShare.Start.Choose([hanging, healthy], slots);
        Assert.Equal([new Quantum(healthy.Lane, Slots.Few)], quanta);
    }

    [Fact]
    public void High_gets_more_than_low_and_low_gets_some()
    {
        var high = new OpenLane(Lane.Of(0, Target(1, "a")), 1000, 0, 0);
        var low = new OpenLane(Lane.Of(4, Target(1, "b")), 1000, 0, 0);
        var (_, quanta) = FairShare.Start.Choose([low, high], new Slots(120, 120, 0));
        var rows = quanta.ToDictionary(q => q.Lane, q => q.Rows);
        Assert.InRange(rows[low.Lane], 5, 20);
        Assert.InRange(rows[high.Lane], 75, 110);
    }

    private static Target Target(int tenant, string name) => new(new TenantId(new Guid(tenant + 1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0])), name);
}
