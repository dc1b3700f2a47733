using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Engine;

/// <summary>Intake, delivery and a receiver on the same cores, for many deliveries; then the same with a snapshot held open.</summary>
internal static class LongRun
{
    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        using var sink = new WebhookSink();
        await using var node = await RelayNode.StartAsync(null, EngineSettings.Of(sink.Url), ct);
        await RunForAsync(node, sink, TimeSpan.FromSeconds(8), ct); // warm
        var wal = await node.SqlAsync<decimal>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')", ct);
        var (before, from) = (sink.Received, sink.Received);

        var windows = new List<double>();
        while (sink.Received - before < asked.Deliveries)
        {
            windows.Add(await RunForAsync(node, sink, TimeSpan.FromSeconds(10), ct));
            Progress.Say($"long: {sink.Received - before} of {asked.Deliveries}, {Figures.Short(windows[^1])}/s, queue {await SizeAsync(node, "queue", ct)}");
        }
        var part = Math.Max(1, windows.Count / 5);
        var (start, end) = (Spread.Of(windows.Take(part)).Median, Spread.Of(windows.TakeLast(part)).Median);
        report.Add(new Report.Fact("Intake, delivery and receiver on these cores: at the start", Spread.Of(windows.Take(part)), "deliveries/s", null));
        report.Add(new Report.Fact($"… after {Figures.Short(asked.Deliveries)}", Spread.Of(windows.TakeLast(part)), "deliveries/s", null));
        report.Add(new Report.Fact("… of the start (aim: at least 80)", Spread.Of([100 * end / start]), "%", null));

        var walNow = await node.SqlAsync<decimal>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')", ct);
        report.Add(new Report.Fact("WAL a notification", Spread.Of([(double)(walNow - wal) / (sink.Received - from)]), "bytes", null));
        foreach (var table in (string[])["notifications", "deliveries", "attempts", "events", "queue"])
            report.Add(new Report.Fact($"Size of {table}", Spread.Of([await SizeAsync(node, table, ct)]), "MB", null));

        await using var holder = new Npgsql.NpgsqlConnection(node.Database.ConnectionString);
        await holder.OpenAsync(ct);
        await using var snapshot = await holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using (var look = new Npgsql.NpgsqlCommand("select 1", holder, snapshot)) await look.ExecuteScalarAsync(ct);
        var held = new List<double>();
        for (var at = 0; at < 5; at++) held.Add(await RunForAsync(node, sink, TimeSpan.FromSeconds(10), ct));
        report.Add(new Report.Fact("With a snapshot held open for 50 s, of the start (aim: at least 70)", Spread.Of([100 * held[^1] / start]), "%", null));
    }

    /// <summary>Sixty-four clients that send one at a time; how many a second reached the receiver.</summary>
    private static async Task<double> RunForAsync(RelayNode node, WebhookSink sink, TimeSpan time, CancellationToken ct)
    {
        var (before, request) = (sink.Received, Traffic.Single(node.Key, sink.Url, 0));
        var result = (await new HttpLoad(node.Process.Port, 64, () => request).RunAsync(time, ct)).AllGood();
        return (sink.Received - before) / result.Took.TotalSeconds;
    }

    private static Task<double> SizeAsync(RelayNode node, string table, CancellationToken ct) => node.SqlAsync<double>($"""
        select coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 / 1e6 from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'relay' and c.relkind = 'r' and (c.relname = '{table}' or c.relname like '{table}\_c%')
        """, ct);
}
