using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Engine;

/// <summary>Claim, POST to a receiver on this machine, record: the relay signs and keeps each attempt, the queues only delete their row.</summary>
internal static class Posts
{
    private const int InFlight = 64;

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        using var sink = new WebhookSink();
        await using var node = await RelayNode.StartAsync(null, EngineSettings.Of(sink.Url), ct);
        await using var plain = await HangfireLike.OpenAsync(ct);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = InFlight, UseProxy = false, UseCookies = false });
        var contest = new Contest("Claim, POST, record, all due at once", "posts/s",
        [
            NoOpJobs.Draining("relay", asked.Jobs, (jobs, stop) => Traffic.DrainAsync(node, sink.Url, jobs, stop)),
            NoOpJobs.Peer("graphile-worker, default", "graphile", asked.Jobs / 4, plain.ConnectionString, sink.Url),
            NoOpJobs.Peer("graphile-worker, localQueue 500", "graphile_local", asked.Jobs, plain.ConnectionString, sink.Url),
            NoOpJobs.Draining("Hangfire-like, one row a step", asked.Jobs / 10, (jobs, stop) => plain.DrainAsync(jobs, 10, s => PostAsync(http, sink.Url, s), stop)),
            NoOpJobs.Draining("bare HttpClient loop, no database", asked.Jobs, (jobs, stop) => LoopAsync(http, sink.Url, jobs, stop)),
        ], new Aim("Hangfire-like, one row a step", 12), new Aim("graphile-worker, localQueue 500", 1.5));
        report.Add(await contest.RunAsync(asked.Pairs, asked.Run, ct));
    }

    private static async Task<double> LoopAsync(HttpClient http, Uri url, int jobs, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, jobs), new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = ct },
            async (_, stop) => await PostAsync(http, url, stop));
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task PostAsync(HttpClient http, Uri url, CancellationToken ct)
    {
        using var content = new ByteArrayContent(Body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.PostAsync(url, content, ct);
        answer.EnsureSuccessStatusCode();
    }

    private static readonly byte[] Body = Encoding.UTF8.GetBytes($$$"""{"type":"order.shipped","data":{"text":"{{{new string('x', 900)}}}"}}""");
}
