using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Storage;

/// <summary>Rows that nearly every request needs, by a clock that stands still and reads that end when the test says so.</summary>
public sealed class FreshCacheTests
{
    private readonly FakeClock clock = new();
    private readonly List<TaskCompletionSource<string?>> reads = [];
    private readonly FreshCache<string, string> cache;

    public FreshCacheTests() => cache = new(clock, (_, _) =>
    {
        reads.Add(new());
        return reads[^1].Task;
    });

    [Fact]
    public async Task Those_who_miss_the_same_row_at_once_wait_for_one_read_and_others_do_not()
    {
        var (all, other) = (Enumerable.Range(0, 100).Select(_ => AskAsync("a")).ToList(), AskAsync("b"));
        Assert.Equal(2, reads.Count);

        reads[1].SetResult("beta");
        Assert.Equal("beta", await other);
        Assert.All(all, one => Assert.False(one.IsCompleted));

        reads[0].SetResult("alpha");
        Assert.All(await Task.WhenAll(all), one => Assert.Equal("alpha", one));
        Assert.Equal("alpha", await AskAsync("a"));
        Assert.Equal(2, reads.Count);
    }

    [Fact]
    public async Task A_row_is_believed_for_four_seconds_from_when_it_was_asked_for()
    {
        var first = AskAsync("a");
        clock.Advance(TimeSpan.FromSeconds(0.9));
        reads[0].SetResult("old");
        await first;
        clock.Advance(TimeSpan.FromSeconds(3.2));

        var second = AskAsync("a");
        reads[1].SetResult("new");
        Assert.Equal("new", await second);
    }

    [Fact]
    public async Task What_was_forgotten_while_it_was_read_is_told_to_who_asked_before_and_kept_for_nobody()
    {
        foreach (var forget in (Action[])[() => cache.Forget("a"), () => cache.ForgetWhere(_ => false)])
        {
            cache.Forget("a");
            reads.Clear();
            var before = AskAsync("a");
            forget();
            var after = AskAsync("a");
            Assert.Equal(2, reads.Count);

            reads[1].SetResult("new");
            reads[0].SetResult("old");
            Assert.Equal(("old", "new", "new"), (await before, await after, await AskAsync("a")));
            Assert.Equal(2, reads.Count);
        }
    }

    [Fact]
    public async Task A_read_that_hangs_holds_up_nobody_who_comes_a_second_later()
    {
        var hanging = AskAsync("a");
        clock.Advance(TimeSpan.FromSeconds(1.1));
        var later = AskAsync("a");
        reads[1].SetResult("there");
        Assert.Equal("there", await later);
        Assert.False(hanging.IsCompleted);

        reads[0].SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => hanging);
        Assert.Equal("there", await AskAsync("a"));
    }

    [Fact]
    public async Task A_row_that_is_not_there_is_looked_for_again_by_each()
    {
        var (first, second) = (AskAsync("a"), AskAsync("a"));
        reads[0].SetResult(null);
        Assert.Null(await first);
        await Eventually.Async(() => Task.FromResult(reads.Count == 2));
        reads[1].SetResult("since then");
        Assert.Equal("since then", await second);
    }

    [Fact]
    public async Task A_read_that_fails_is_told_to_all_who_wait_and_the_next_one_reads_again()
    {
        var all = new[] { AskAsync("a"), AskAsync("a") };
        reads[0].SetException(new TimeoutException());
        foreach (var one in all) await Assert.ThrowsAsync<TimeoutException>(() => one);

        var next = AskAsync("a");
        reads[1].SetResult("there");
        Assert.Equal("there", await next);
    }

    private Task<string?> AskAsync(string key) => cache.GetAsync(key, CancellationToken.None).AsTask();
}
