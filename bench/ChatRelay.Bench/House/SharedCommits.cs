using System.Diagnostics;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Load;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ChatRelay.Bench.House;

/// <summary>A notification's row and its delivery's, about 1 KB: through GroupCommit, and by one statement and COMMIT a caller.</summary>
internal static class SharedCommits
{
    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var databases = new Databases(database.Logins);
        await BenchRows.MakeTablesAsync(databases, ct);
        using var commit = GroupCommit.Of(databases, new GroupCommitOptions(), NullLogger<GroupCommit>.Instance);
        await commit.StartAsync(ct);

        foreach (var callers in new[] { 1, 16, 64 })
        {
            // A connection for each caller, prepared statements: the kindest arrangement for the other side.
            await using var alone = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Logins.Engine)
            {
                SearchPath = "relay",
                MaxPoolSize = callers,
                MinPoolSize = callers,
                MaxAutoPrepare = 20,
                AutoPrepareMinUsages = 3,
                NoResetOnClose = true,
            });
            report.Add(await new Contest($"Durable commits of two rows, {callers} {(callers == 1 ? "caller" : "callers")}", "commits/s",
            [
                new Side("GroupCommit", (time, stop) => ManyAsync(callers, time, () => ThroughAsync(commit, stop), stop)),
                new Side("one statement and COMMIT each", (time, stop) => ManyAsync(callers, time, () => BenchRows.InsertAloneAsync(alone, stop), stop)),
            ], new Aim("one statement and COMMIT each", callers == 64 ? 2 : 1)).RunAsync(asked.Pairs, asked.Run, ct));
        }
        await commit.StopAsync(CancellationToken.None);
    }

    private static async Task ThroughAsync(GroupCommit commit, CancellationToken ct)
    {
        var row = BenchRow.Next();
        var outcome = await commit.WriteAsync(new CommitUnit().Add(BenchRows.Notifications, row).Add(BenchRows.Deliveries, row), ct);
        if (outcome is not CommitOutcome.Written) throw new InvalidOperationException($"{outcome}");
    }

    private static async Task<Measured> ManyAsync(int callers, TimeSpan time, Func<Task> once, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        var each = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var latencies = new Latencies();
            while (Stopwatch.GetElapsedTime(began) < time)
            {
                var asked = Stopwatch.GetTimestamp();
                await once();
                latencies.Add(Stopwatch.GetElapsedTime(asked));
            }
            return latencies;
        }, ct)));
        var took = Stopwatch.GetElapsedTime(began);
        var all = Latencies.Sum(each);
        return new Measured(all.Count / took.TotalSeconds) { Beside = [("p50 ms", all.Percentile(50)), ("p99 ms", all.Percentile(99))] };
    }
}
