using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

public sealed class ByteRoomTests
{
    private static readonly TenantId Ann = new(Guid.Parse("00000000-0000-7000-8000-000000000001")), Bob = new(Guid.Parse("00000000-0000-7000-8000-000000000002"));
    private static readonly TenantId Carol = new(Guid.Parse("00000000-0000-7000-8000-000000000003"));

    [Fact]
    public async Task There_is_room_until_it_is_full_and_then_in_the_order_of_asking()
    {
        var room = new ByteRoom(100);
        var (ann, bob) = (room.TakeAsync(Ann, 50), room.TakeAsync(Bob, 40));
        var (large, small) = (room.TakeAsync(Carol, 20), room.TakeAsync(Carol, 5));
        Assert.Equal((true, true), (ann.IsCompleted, bob.IsCompleted));
        Assert.Equal((false, false), (large.IsCompleted, small.IsCompleted)); // five would fit, and would overtake
        (await bob).Lower(30);
        Assert.Equal((true, false), (large.IsCompleted, small.IsCompleted));
        (await bob).Dispose();
        Assert.True(small.IsCompleted);
    }

    [Fact]
    public async Task A_tenant_has_half_of_it_and_what_waits_for_that_holds_up_nobody_else()
    {
        var room = new ByteRoom(100);
        var (first, second) = (await room.TakeAsync(Ann, 30), room.TakeAsync(Ann, 30));
        Assert.False(second.IsCompleted);
        Assert.True(room.TakeAsync(Bob, 50).IsCompleted);
        first.Dispose();
        Assert.True(second.IsCompleted);
    }

    [Fact]
    public async Task What_is_larger_than_a_tenants_half_goes_when_nothing_else_of_its_tenants_does()
    {
        var room = new ByteRoom(100);
        var (small, large) = (await room.TakeAsync(Ann, 10), room.TakeAsync(Ann, 70));
        Assert.False(large.IsCompleted); // there would be room
        small.Dispose();
        var (next, bob) = (room.TakeAsync(Ann, 1), room.TakeAsync(Bob, 30));
        Assert.Equal((true, false, true), (large.IsCompleted, next.IsCompleted, bob.IsCompleted));
        (await large).Dispose();
        Assert.True(next.IsCompleted);
    }

    [Fact]
    public async Task What_is_larger_than_the_room_goes_alone()
    {
        var room = new ByteRoom(100);
        var (bob, huge) = (await room.TakeAsync(Bob, 1), room.TakeAsync(Ann, 1_000_000));
        var carol = room.TakeAsync(Carol, 1);
        Assert.Equal((false, false), (huge.IsCompleted, carol.IsCompleted));
        bob.Dispose();
        Assert.Equal((true, false), (huge.IsCompleted, carol.IsCompleted));
        (await huge).Dispose();
        Assert.True(carol.IsCompleted);
    }

    [Fact]
    public async Task What_was_let_go_is_let_go_once_and_never_grows()
    {
        var room = new ByteRoom(100);
        var hold = await room.TakeAsync(Ann, 40);
        hold.Lower(45);
        Assert.Equal(40, hold.Bytes);
        hold.Dispose();
        hold.Dispose();
        Assert.True(room.TakeAsync(Ann, 50).IsCompleted);
        Assert.False(room.TakeAsync(Ann, 1).IsCompleted);
    }

    [Fact]
    public void Everybody_gets_room_and_never_more_than_there_is() => Prop.ForAll(
        (from bytes in Gen.Choose(1, 120).ListOf().Where(b => b.Count is > 0 and < 40) from seed in Gen.Choose(0, int.MaxValue) select (bytes, seed)).ToArbitrary(), t =>
        {
            var (random, room, tenants) = (new Random(t.seed), new ByteRoom(100), new[] { Ann, Bob, Carol });
            var asked = t.bytes.Select(b => room.TakeAsync(tenants[random.Next(3)], b)).ToList();
            var given = new HashSet<ByteRoom.Hold>();
            while (true)
            {
                var held = asked.Where(a => a.IsCompletedSuccessfully).Select(a => a.Result).Where(h => h.Bytes > 0).ToList();
                given.UnionWith(held);
                if (held.Sum(h => h.Bytes) > 100 || held.GroupBy(h => h.Tenant).Any(g => g.Count() > 1 && g.Sum(h => h.Bytes) > 50)) return false;
                if (held.Count == 0) return given.Count == asked.Count;
                held[random.Next(held.Count)].Lower(random.Next(2) * 10);
            }
        }).QuickCheckThrowOnFailure();
}
