using ChatRelay.TestKit;

namespace ChatRelay.Tests.Console;

public sealed class NowPageTests
{
    [Fact]
    public async Task Now_and_Jobs_show_nodes_database_queue_and_upkeep()
    {
        await using var host = await RelayHost.StartAsync();
        await using var second = await RelayHost.StartAsync(host.Database, host.Folder);
        await host.SqlAsync("update relay.nodes set draining = true where incarnation = (select incarnation from relay.nodes order by node desc limit 1)");
        await host.SqlAsync("insert into relay.nodes (incarnation, node, roles, version, address, seen_at) values (gen_random_uuid(), 'lost-<b>', '{deliver}', '0.0.9', '::1', relay.now() - interval '5 minutes')");
        await host.SqlAsync("""
            insert into relay.jobs (tenant_id, id, kind, status, input, created_by, finished_at)
            select gen_random_uuid(), gen_random_uuid(), 'none', status, '{}', 'test', case when status in ('succeeded', 'failed') then relay.now() end
            from unnest(array['queued', 'queued', 'failed', 'succeeded']) status
            """);
        await host.SqlAsync("""
            insert into relay.upkeep (name, every, due_at, started_at, finished_at, rows, error, node)
            values ('sweep of nothing', '10 minutes', relay.now() + interval '4 minutes', relay.now() - interval '6 minutes', relay.now() - interval '6 minutes', 0, '42P01', 'here')
            """);

        await host.SqlAsync("""
            insert into relay.queue (tenant_id, id, class, channel, band, target, due_at, claimed_by, suspect)
            select gen_random_uuid(), gen_random_uuid(), 30, 'webhook', 2, 'https://x', relay.now() + due, null, false from unnest(array[interval '1 hour', '2 hours', '3 hours']) due
            """);

        using var visitor = new ConsoleVisitor(host);
        await visitor.SignInAsync(host.OperatorKey);
        var page = (await visitor.OpenAsync("/ops")).Html;

        Assert.Contains("lost-&lt;b&gt;", page, StringComparison.Ordinal);
        foreach (var state in new[] { "alive", "draining", "silent" }) Assert.Contains($"class=\"tag {state}\"", page, StringComparison.Ordinal);
        Assert.Contains("<b>3</b> waiting", page, StringComparison.Ordinal);
        Assert.Contains("<b>disk</b>", page, StringComparison.Ordinal);
        Assert.Contains("first key", page, StringComparison.Ordinal);
        Assert.DoesNotContain(host.OperatorKey, page, StringComparison.Ordinal);

        await Eventually.Async(async () => (await visitor.OpenAsync("/ops/jobs")).Html.Contains("<b>3</b> scheduled", StringComparison.Ordinal)); // counted every two seconds
        var jobs = (await visitor.OpenAsync("/ops/jobs")).Html;
        Assert.Contains("lost-&lt;b&gt;", jobs, StringComparison.Ordinal);
        Assert.Equal(2, jobs.Split("class=\"tag queued\"").Length - 1);
        Assert.Contains("<b>3</b> scheduled", jobs, StringComparison.Ordinal);
        Assert.Contains("failed: 42P01", jobs, StringComparison.Ordinal);
        Assert.Contains("in 3 min", jobs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_its_database_the_console_says_so_on_a_page_and_comes_back()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var host = await RelayHost.StartThroughAsync(database, proxy);
        using var visitor = new ConsoleVisitor(host);
        await visitor.SignInAsync(host.OperatorKey);

        proxy.Refusing = true;
        var away = await visitor.OpenAsync("/ops");
        Assert.Equal((503, "text/html; charset=utf-8"), (away.Status, away.Headers["Content-Type"]));
        Assert.Contains("The database is out of reach", away.Html, StringComparison.Ordinal);

        proxy.Refusing = false;
        await Eventually.Async(async () =>
        {
            var back = await visitor.OpenAsync("/ops"); // dead connections of the pools may still be found, and are said
            Assert.True(back.Status is 200 or 503, $"{back.Status}");
            return back.Status == 200;
        });
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(3725, "1 h 2 min")]
    [InlineData(180_000, "2 d 2 h")]
    [InlineData(-3, "0 s")]
    public void Spans_are_short(double seconds, string text) => Assert.Equal(text, ChatRelay.Console.Readable.Span(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1536, "1.5 KB")]
    [InlineData(9_437_184, "9.0 MB")]
    public void Sizes_are_short(long bytes, string text) => Assert.Equal(text, ChatRelay.Console.Readable.Size(bytes));
}
