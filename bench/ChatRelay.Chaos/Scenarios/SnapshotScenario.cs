using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Load;
using Npgsql;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// A snapshot held open under load, so that no dead row of the queue may be cleared away. One node accepts and another delivers: every delivery has
/// to be claimed from the queue, and the time from its 202 to its first attempt is that of the wake-up, the claim and the call.
/// </summary>
internal sealed class SnapshotScenario(ScenarioRun run)
{
    private const int PerSecond = 300;
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(15);

    public async Task<ScenarioReport> RunAsync()
    {
        var (began, held) = (DateTimeOffset.UtcNow, run.For(10));
        using var sink = new WebhookSink();
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan([new("door", "api,upkeep"), new("worker", "deliver")]), run.Say, run.Stop);
        var measuring = new FirstAttempts(world, world.Nodes[0], sink);
        Task<Latencies> MeasureAsync(TimeSpan time) => measuring.MeasureAsync(world.Tenants, PerSecond, time, run.Stop);

        await MeasureAsync(Window); // warm
        var usual = Latencies.Sum([await MeasureAsync(Window), await MeasureAsync(Window), await MeasureAsync(Window)]);
        run.Say($"usual: p99 {usual.Percentile(99):0.0} ms; holding a snapshot for {held.TotalMinutes:0.#} minutes");

        var windows = new List<Latencies>();
        double deadRows;
        await using (var holder = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(world.Postgres.Login) { Pooling = false }.ConnectionString))
        {
            await holder.OpenAsync(run.Stop);
            await using var snapshot = await holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, run.Stop);
            await using (var look = new NpgsqlCommand("select count(*) from relay.queue", holder, snapshot)) await look.ExecuteScalarAsync(run.Stop);
            for (var since = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(since) < held;)
            {
                windows.Add(await MeasureAsync(Window));
                run.Say($"held for {TimeProvider.System.GetElapsedTime(since).TotalMinutes:0.0} minutes: p50 {windows[^1].Percentile(50):0.0}, p99 {windows[^1].Percentile(99):0.0} ms");
            }
            deadRows = await world.SqlAsync<long>("select pg_stat_get_dead_tuples('relay.queue'::regclass)", run.Stop);
        }

        var (released, recovered) = (TimeProvider.System.GetTimestamp(), double.NaN);
        while (double.IsNaN(recovered) && TimeProvider.System.GetElapsedTime(released) < Recovery * 3)
        {
            var at = TimeProvider.System.GetElapsedTime(released).TotalSeconds;
            if ((await MeasureAsync(TimeSpan.FromSeconds(5))).Percentile(99) <= 1.5 * usual.Percentile(99)) recovered = at;
        }
        var during = Latencies.Sum(windows);
        return new("snapshot", began, DateTimeOffset.UtcNow,
        [
            new("snapshot held open", held.TotalMinutes, "min"),
            new("202 to first attempt through a claim, usual: p50", usual.Percentile(50), "ms"),
            new("… p99", usual.Percentile(99), "ms"),
            new("with the snapshot held: p50", during.Percentile(50), "ms"),
            new("… p99", during.Percentile(99), "ms"),
            new("… p99 is … times the usual", during.Percentile(99) / usual.Percentile(99), AtMost: 3) { OfSpeed = true },
            new("… the last quarter's p99 is … times the usual", Latencies.Sum(windows.TakeLast(Math.Max(1, windows.Count / 4))).Percentile(99) / usual.Percentile(99), AtMost: 3) { OfSpeed = true },
            new("dead rows of the queue when it ended", deadRows),
            new("after its end, until p99 was within half more than the usual", recovered, "s", AtMost: Recovery.TotalSeconds) { OfSpeed = true },
        ])
        { Notes = [$"At {PerSecond}/s, in windows of {Window.TotalSeconds:0} s; p99 of each while it was held, in ms: {string.Join(", ", windows.Select(w => $"{w.Percentile(99):0.0}"))}."] };
    }
}
