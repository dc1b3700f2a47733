using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Console;

/// <summary>What open consoles cost: the same node with ten Now pages that renew themselves every five seconds, as a browser does it, and with none.</summary>
internal static partial class ConsoleBench
{
    private const int Pages = 10, Waiting = 100_000, Tenants = 200;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        await using var node = await RelayNode.StartAsync(null, [], ct);
        await FillAsync(node, ct);
        using var visitor = await SignInAsync(node, ct);
        var run = asked.Run < Every * 2 ? Every * 2 : asked.Run; // each page is renewed at least twice
        var open = new List<(double Database, double Cpu)>();
        var shut = new List<(double Database, double Cpu)>();
        var result = await new Contest($"{Pages} open Now pages, {Waiting:#,0} deliveries waiting of {Tenants} tenants: database time", "ms a second",
        [
            new($"{Pages} pages, each renewed every {Every.TotalSeconds:0} s", (time, stop) => OnceAsync(node, visitor, open, time, stop)),
            new("no page", (time, stop) => OnceAsync(node, null, shut, time, stop)),
        ])
        { WarmUp = Every }.RunAsync(asked.Pairs, run, ct);
        report.Add(result);
        var pairs = open.TakeLast(asked.Pairs).Zip(shut.TakeLast(asked.Pairs)).ToList();
        report.Add(new Report.Fact("An open Now page costs, database time", Spread.Of(pairs.Select(p => (p.First.Database - p.Second.Database) / Pages)), "ms a second", null));
        report.Add(new Report.Fact("An open Now page costs, CPU of the node", Spread.Of(pairs.Select(p => (p.First.Cpu - p.Second.Cpu) / Pages)), "ms a second", null));
    }

    private static async Task<Measured> OnceAsync(RelayNode node, HttpClient? visitor, List<(double Database, double Cpu)> kept, TimeSpan time, CancellationToken ct)
    {
        var (database, cpu, since) = (await DatabaseAsync(node, ct), node.Process.Cpu, Stopwatch.GetTimestamp());
        var opened = 0;
        if (visitor is null) await Task.Delay(time, ct);
        else
            opened = (await Task.WhenAll(Enumerable.Range(0, Pages).Select(async page =>
            {
                await Task.Delay(Every / Pages * page, ct);
                var renewed = 0;
                for (; Stopwatch.GetElapsedTime(since) < time; renewed++)
                {
                    using var answer = await visitor.GetAsync(new Uri("/ops", UriKind.Relative), ct);
                    await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(ct);
                    await Task.Delay(Every, ct);
                }
                return renewed;
            }))).Sum();
        var took = Stopwatch.GetElapsedTime(since).TotalSeconds;
        var cost = ((await DatabaseAsync(node, ct) - database) / took, (node.Process.Cpu - cpu).TotalMilliseconds / took);
        kept.Add(cost);
        return new Measured(cost.Item1) { Beside = [("CPU of the node, ms a second", cost.Item2), ("pages a second", opened / took)] };
    }

    /// <summary>How long sessions of this database have been busy with statements, in milliseconds; sessions report about once a second.</summary>
    private static async Task<double> DatabaseAsync(RelayNode node, CancellationToken ct)
    {
        await Task.Delay(TimeSpan.FromSeconds(1.2), ct);
        return await node.SqlAsync<double>("select active_time from pg_stat_database where datname = current_database()", ct);
    }

    private static async Task<HttpClient> SignInAsync(RelayNode node, CancellationToken ct)
    {
        var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), UseProxy = false }) { BaseAddress = node.Process.Address };
        var form = await http.GetStringAsync(new Uri("/ops/sign-in", UriKind.Relative), ct);
        using var fields = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["form_token"] = WebUtility.HtmlDecode(Token().Match(form).Groups[1].Value),
            ["key"] = await node.OperatorKeyAsync(ct),
        });
        using var signedIn = await http.PostAsync(new Uri("/ops/sign-in", UriKind.Relative), fields, ct);
        signedIn.EnsureSuccessStatusCode();
        return http;
    }

    /// <summary>Two hundred tenants with five hundred deliveries each, of three days; half an hour of figures of four nodes.</summary>
    private static Task<long> FillAsync(RelayNode node, CancellationToken ct) => node.SqlAsync<long>($"""
        with made as (
          insert into relay.tenants (tenant_id, live_id, environment, name) select id, id, 'live', 'Bench ' || n from (select gen_random_uuid() as id, n from generate_series(1, {Tenants}) n) t returning tenant_id
        ), queued as (
          insert into relay.queue (tenant_id, id, class, notification_id, channel, band, target, due_at)
          select tenant_id, gen_random_uuid(), 30, gen_random_uuid(), 'webhook', 2, 'https://t' || (n % 5) || '.example', relay.now() + interval '1 day' * (1 + n % 3) from made, generate_series(1, {Waiting / Tenants}) n returning 1
        ), nodes as (
          insert into relay.nodes (incarnation, node, roles, version, address) select gen_random_uuid(), 'bench-' || n, '{"{api,deliver}"}', '0', '' from generate_series(1, 4) n returning incarnation
        ), figures as (
          insert into relay.node_figures (incarnation, at, seconds, accepted, attempts, failed, first_attempts, messages, in_flight, breakers_open, sockets, rooms)
          select incarnation, relay.now() - n * interval '10 seconds', 10, 1000, 1000, 10, 1000, 100, 5, 0, 1000, 100 from nodes, generate_series(1, 180) n returning 1
        )
        select (select count(*) from queued) + (select count(*) from figures)
        """, ct);

    [GeneratedRegex("name=\"form_token\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
