using System.Net.Http.Json;
using System.Text;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Engine;

/// <summary>What is sent: a webhook to one URL with about a kilobyte of content.</summary>
internal static class Traffic
{
    private static readonly string Text = new('x', 900);

    public static string Notification(Uri url, long number) =>
        $$$"""{"to":{"webhook":{"url":"{{{url}}}"}},"route":[{"channel":"webhook"}],"content":{"data":{"n":{{{number}}},"text":"{{{Text}}}"} } }""";

    public static byte[] Single(string key, Uri url, long number) => HttpLoad.Post("/v1/notifications", key, Encoding.UTF8.GetBytes(Notification(url, number)));

    public static byte[] Batch(string key, Uri url, int size) => HttpLoad.Post("/v1/notifications/batch", key,
        Encoding.UTF8.GetBytes(BatchOf(Enumerable.Range(0, size).Select(n => Notification(url, n)))));

    private static string BatchOf(IEnumerable<string> items) => $$"""{"notifications":[{{string.Join(',', items)}}]}""";

    /// <summary>Accepts so many ahead, all due at one moment of the database's clock; then waits until the last has ended. Seconds from that moment.</summary>
    public static async Task<double> DrainAsync(RelayNode node, Uri url, int jobs, CancellationToken ct)
    {
        var lead = TimeSpan.FromSeconds(6 + (jobs / 2500.0)); // enough to accept them all before
        var due = DateTime.SpecifyKind(await node.SqlAsync<DateTime>("select date_trunc('second', relay.now() + $1)", ct, lead), DateTimeKind.Utc);
        var options = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = ct };
        await Parallel.ForEachAsync(Enumerable.Range(0, (jobs + 249) / 250), options, async (at, stop) =>
        {
            var size = Math.Min(250, jobs - (at * 250));
            var items = Enumerable.Range(0, size).Select(n => Notification(url, n).Insert(1, $"\"send_at\":\"{due:yyyy-MM-ddTHH:mm:ssZ}\","));
            using var body = new StringContent(BatchOf(items), Encoding.UTF8, "application/json");
            body.Headers.ContentType!.CharSet = null;
            using var answer = await node.Http.PostAsync(new Uri("/v1/notifications/batch", UriKind.Relative), body, stop);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(stop));
        });
        if (await node.SqlAsync<bool>("select relay.now() >= $1", ct, due)) throw new InvalidOperationException("not all were accepted in time: take fewer jobs");

        while (await node.SqlAsync<long>("select count(*) from relay.queue", ct) > 0) await Task.Delay(100, ct);
        var (sent, seconds) = (
            await node.SqlAsync<long>("select count(*) from relay.deliveries where status = 'sent' and ended_at >= $1", ct, due),
            await node.SqlAsync<double>("select extract(epoch from max(ended_at) - $1)::float8 from relay.deliveries", ct, due));
        return sent == jobs ? seconds : throw new InvalidOperationException($"{sent} of {jobs} were sent");
    }
}
