using ChatRelay.Http.Json;
using ChatRelay.Presence;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Presence;

/// <summary>Who is seen how, and until when; and what is told of it. Pure, so it is tried with everything that may come.</summary>
public sealed class PresenceRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly PresenceTimes Times = new(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(15));
    private static readonly Guid One = new("00000000-0000-0000-0000-000000000001"), Two = new("00000000-0000-0000-0000-000000000002");

    private static DateTimeOffset Ago(double seconds) => Now - TimeSpan.FromSeconds(seconds);

    private static PresencePlace Place(Guid node, bool active = true, double? left = null, double? ended = null, double seen = 1) =>
        new(node, active, left is { } l ? Ago(l) : null, ended is { } e ? Ago(e) : null, Ago(seen));

    private static UserPresence Seen(PresenceStatus status, PresenceStatus? wish = null, string? text = null, DateTimeOffset? at = null) => new(wish, text, status, at);

    private static (PresenceStatus Status, DateTimeOffset? SeenAt) Decide(UserPresence before, params PresencePlace[] places)
    {
        var (after, _) = PresenceRules.Decide(before, places, Now, Times);
        return (after.Status, after.SeenAt);
    }

    [Fact]
    public void A_user_is_there_while_one_place_is_and_away_when_nobody_sits_before_any()
    {
        Assert.Equal(PresenceStatus.Offline, Decide(UserPresence.Nobody).Status);
        Assert.Equal(PresenceStatus.Online, Decide(UserPresence.Nobody, Place(One)).Status);
        Assert.Equal(PresenceStatus.Online, Decide(UserPresence.Nobody, Place(One, active: false), Place(Two)).Status);
        Assert.Equal(PresenceStatus.Away, Decide(UserPresence.Nobody, Place(One, active: false), Place(Two, active: false)).Status);
    }

    [Fact]
    public void Nobody_leaves_before_the_grace_is_over_and_everybody_then()
    {
        Assert.Equal(PresenceStatus.Online, Decide(Seen(PresenceStatus.Online), Place(One, left: 11.9)).Status);
        Assert.Equal((PresenceStatus.Offline, Ago(12)), Decide(Seen(PresenceStatus.Online), Place(One, left: 12)));
        Assert.Equal(PresenceStatus.Online, Decide(Seen(PresenceStatus.Online), Place(One, left: 60), Place(Two)).Status);
    }

    [Fact]
    public void What_a_node_said_counts_for_the_grace_after_it_has_ended_and_for_its_lease_when_it_fell_silent()
    {
        Assert.Equal(PresenceStatus.Online, Decide(Seen(PresenceStatus.Online), Place(One, ended: 11, seen: 12)).Status);
        Assert.Equal((PresenceStatus.Offline, Ago(13)), Decide(Seen(PresenceStatus.Online), Place(One, ended: 13, seen: 14)));
        Assert.Equal(PresenceStatus.Online, Decide(Seen(PresenceStatus.Online), Place(One, seen: 14)).Status);
        Assert.Equal((PresenceStatus.Offline, Ago(16)), Decide(Seen(PresenceStatus.Online), Place(One, seen: 16)));
        Assert.Equal(PresenceStatus.Offline, Decide(Seen(PresenceStatus.Online), new PresencePlace(One, true, null, null, null)).Status); // a node that nobody knows
    }

    [Fact]
    public void A_wish_holds_for_all_devices_until_one_says_online_and_away_is_not_a_wish()
    {
        var dnd = PresenceRules.Hear(UserPresence.Nobody, new(PresenceStatus.Dnd, Change<string?>.To("busy")));
        Assert.Equal(PresenceStatus.Dnd, Decide(dnd, Place(One, active: false), Place(Two)).Status);
        var away = PresenceRules.Hear(dnd, new(PresenceStatus.Away, default));
        Assert.Equal((PresenceStatus.Dnd, "busy"), (Decide(away, Place(One, active: false)).Status, away.Text));
        var online = PresenceRules.Hear(away, new(PresenceStatus.Online, Change<string?>.To(null)));
        Assert.Equal((PresenceStatus.Online, null), (Decide(online, Place(One)).Status, online.Text));
    }

    [Fact]
    public void Who_becomes_invisible_was_last_seen_then_whatever_they_do_after_that()
    {
        var invisible = PresenceRules.Decide(Seen(PresenceStatus.Online) with { Wish = PresenceStatus.Invisible }, [Place(One)], Now, Times).After;
        Assert.Equal((PresenceStatus.Invisible, Now), (invisible.Status, invisible.SeenAt));
        Assert.Null(invisible.Shown);
        var gone = PresenceRules.Decide(invisible, [Place(One, left: -600)], Now + TimeSpan.FromMinutes(20), Times).After;
        Assert.Equal((PresenceStatus.Offline, Now), (gone.Status, gone.SeenAt));
        var back = PresenceRules.Decide(gone, [Place(One, seen: -3600)], Now + TimeSpan.FromHours(1), Times).After;
        Assert.Equal((PresenceStatus.Invisible, Now), (back.Status, back.SeenAt));
    }

    private static readonly Gen<PresencePlace> AnyPlace =
        from node in Gen.Choose(1, 4)
        from active in Gen.Elements(true, false)
        from left in Gen.OneOf(Gen.Constant((double?)null), Gen.Choose(0, 40).Select(s => (double?)s))
        from ended in Gen.OneOf(Gen.Constant((double?)null), Gen.Constant((double?)null), Gen.Choose(0, 40).Select(s => (double?)s))
        from seen in Gen.Choose(0, 40)
        select Place(new Guid(node, 0, 0, new byte[8]), active, left, ended, seen);

    private static readonly Gen<UserPresence> AnyPresence =
        from wish in Gen.Elements<PresenceStatus?>(null, PresenceStatus.Dnd, PresenceStatus.Invisible)
        from status in Gen.Elements(Enum.GetValues<PresenceStatus>())
        from seen in Gen.OneOf(Gen.Constant((DateTimeOffset?)null), Gen.Choose(0, 1000).Select(s => (DateTimeOffset?)Ago(s)))
        select Seen(status, wish, null, seen);

    [Fact]
    public void Whatever_there_is_nobody_is_a_ghost_nobody_is_lost_and_nobody_was_seen_in_the_future() => Prop.ForAll(
        (from before in AnyPresence from places in AnyPlace.ListOf() select (before, places)).ToArbitrary(),
        t =>
        {
            var (after, over) = PresenceRules.Decide(t.before, [.. t.places], Now, Times);
            var there = t.places.Where(p => !(PresenceRules.EndOf(p, Times) <= Now)).ToList();
            var again = PresenceRules.Decide(after, there, Now, Times).After;
            return after.Status is PresenceStatus.Offline == (there.Count == 0)
                && over.Count == t.places.Count - there.Count
                && (after.Status is not PresenceStatus.Online || there.Exists(p => p.Active))
                && (t.before.Wish is not PresenceStatus.Invisible || after.Shown is null)
                && !(after.SeenAt > Now) && !(after.SeenAt < t.before.SeenAt)
                && after == again; // decided twice, it is the same
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void No_place_outlives_the_grace_and_a_lease() => Prop.ForAll(AnyPlace.ToArbitrary(), place =>
        (place.LeftAt is null || PresenceRules.EndOf(place, Times) <= place.LeftAt + Times.Grace)
        && PresenceRules.EndOf(place, Times) <= place.NodeSeenAt + Times.Lease).Check(Config.QuickThrowOnFailure);

    private static readonly Gen<Dictionary<string, Shown>> AnyRoom =
        from users in Gen.SubListOf(Enumerable.Range(0, 8).Select(n => $"u{n}"))
        from status in Gen.Elements(PresenceStatus.Online, PresenceStatus.Away, PresenceStatus.Dnd).ListOf(8)
        select users.Select((user, at) => (user, at)).ToDictionary(u => u.user, u => new Shown(status[u.at], null));

    [Fact]
    public void Whoever_applies_what_is_told_has_what_is() => Prop.ForAll(
        (from told in AnyRoom from now in AnyRoom from hidden in Gen.SubListOf(Enumerable.Range(0, 8).Select(n => $"u{n}")) select (told, now, hidden)).ToArbitrary(),
        t =>
        {
            var hidden = t.hidden.ToHashSet();
            Dictionary<string, Shown> Visible(Dictionary<string, Shown> all) => all.Where(u => !hidden.Contains(u.Key)).ToDictionary();
            var delta = RoomDelta.Between(t.told, t.now).Without(hidden);
            var mine = Visible(t.told);
            foreach (var (user, shown) in delta.Join) mine.Add(user, shown); // who joins was not there
            foreach (var (user, shown) in delta.Update) mine[user] = mine.ContainsKey(user) ? shown : throw new InvalidOperationException(user);
            foreach (var user in delta.Leave) if (!mine.Remove(user)) return false;
            return mine.OrderBy(m => m.Key).SequenceEqual(Visible(t.now).OrderBy(m => m.Key)) && delta.IsEmpty == Visible(t.told).OrderBy(m => m.Key).SequenceEqual(Visible(t.now).OrderBy(m => m.Key));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
