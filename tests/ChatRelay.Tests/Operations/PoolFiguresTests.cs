using System.Diagnostics.Metrics;
using ChatRelay.Operations;

namespace ChatRelay.Tests.Operations;

/// <summary>Who waits for a connection is told on the threads that wait.</summary>
public sealed class PoolFiguresTests
{
    [Fact]
    public async Task Those_who_wait_on_many_threads_are_counted_and_none_is_hurt_by_it()
    {
        using var figures = new PoolFigures();
        await figures.StartAsync(TestContext.Current.CancellationToken);
        using var meter = new Meter("Npgsql");
        var pending = meter.CreateUpDownCounter<int>("db.client.connection.npgsql.pending_requests");
        string[] pools = ["owner", "engine", "request", "keys", "queue"];

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var turn = 0; turn < 2_000; turn++)
            {
                var pool = new KeyValuePair<string, object?>("db.client.connection.pool.name", pools[(thread + turn) % pools.Length]);
                pending.Add(1, pool);
                if (turn % 50 == 0) figures.Waiting();
                if (turn < 1_999) pending.Add(-1, pool); // the last one waits on
            }
        })));

        figures.Connections();
        Assert.InRange(figures.Waiting().Sum(waiting => waiting.Value), 1, 72); // eight wait; other hosts of this process come and go
    }
}
