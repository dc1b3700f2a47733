using ChatRelay.Realtime;
using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Realtime;

/// <summary>Whose hello is next when more come than the database can take.</summary>
public sealed class HelloLineTests
{
    private readonly FakeClock clock = new();
    private readonly HelloLine line;
    private readonly Guid busy = Guid.NewGuid(), calm = Guid.NewGuid();
    private readonly List<string> order = [];
    private readonly Queue<HelloLine.Turn> turns = new();

    public HelloLineTests() => line = new(new RelayClock(clock));

    [Fact]
    public async Task A_few_go_at_once_and_the_rest_one_for_each_that_is_done()
    {
        await FillAsync();
        var (first, second) = (ComeAsync(busy, "first"), ComeAsync(busy, "second"));
        Assert.Empty(order);

        await NextAsync(1);
        Assert.Equal(["first"], order);
        await NextAsync(2);
        Assert.Equal(["first", "second"], order);
        Assert.True(await first && await second);
    }

    [Fact]
    public async Task A_tenant_whose_clients_all_come_at_once_holds_up_nobody_elses()
    {
        await FillAsync();
        var crowd = Enumerable.Range(0, HelloLine.MostOfTenant).Select(n => ComeAsync(busy, $"busy {n}")).ToList();
        Assert.Null(await line.TakeAsync(busy, CancellationToken.None));
        var other = ComeAsync(calm, "calm");

        await NextAsync(1);
        await NextAsync(2);
        Assert.Contains("calm", order);
        Assert.True(await other);
        Assert.Equal(HelloLine.MostOfTenant - 1, crowd.Count(one => !one.IsCompleted));
    }

    [Fact]
    public async Task Nobody_waits_longer_than_their_client_would_and_who_has_left_takes_no_turn()
    {
        await FillAsync();
        using var gone = new CancellationTokenSource();
        var (late, leaves) = (ComeAsync(busy, "late"), ComeAsync(busy, "leaves", gone.Token));
        await gone.CancelAsync();
        Assert.False(await leaves);
        clock.Advance(HelloLine.Longest - TimeSpan.FromMilliseconds(1));
        var next = ComeAsync(busy, "next");
        Assert.False(late.IsCompleted);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(await late);
        await NextAsync(1);
        Assert.True(await next);
        Assert.Equal(["next"], order);
    }

    [Fact]
    public async Task A_turn_that_nobody_waits_for_is_there_for_the_next_to_come()
    {
        await FillAsync();
        while (turns.TryDequeue(out var turn)) turn.Dispose();
        await FillAsync();
        Assert.Equal(HelloLine.AtOnce, turns.Count);
    }

    [Fact]
    public async Task It_is_full_when_as_many_wait_as_may()
    {
        await FillAsync();
        var all = new List<Task>();
        for (var tenant = 0; tenant < HelloLine.Most / HelloLine.MostOfTenant; tenant++)
        {
            Assert.False(line.IsFull);
            var wall = Guid.NewGuid();
            for (var n = 0; n < HelloLine.MostOfTenant; n++) all.Add(ComeAsync(wall, ""));
        }
        Assert.True(line.IsFull);

        clock.Advance(HelloLine.Longest);
        await Task.WhenAll(all);
        turns.Dequeue().Dispose();
        Assert.False(line.IsFull);
    }

    /// <summary>All turns are out.</summary>
    private async Task FillAsync()
    {
        for (var n = 0; n < HelloLine.AtOnce; n++) turns.Enqueue(await line.TakeAsync(calm, CancellationToken.None) ?? throw new InvalidOperationException("there is room"));
    }

    private async Task<bool> ComeAsync(Guid tenant, string name, CancellationToken ct = default)
    {
        if (await line.TakeAsync(tenant, ct) is not { } turn) return false;
        lock (order)
        {
            order.Add(name);
            turns.Enqueue(turn);
        }
        return true;
    }

    /// <summary>One is done; back when so many have come in.</summary>
    private Task NextAsync(int came)
    {
        lock (order) turns.Dequeue().Dispose();
        return Eventually.Async(() =>
        {
            lock (order) return Task.FromResult(order.Count == came);
        });
    }
}
