using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace ChatRelay.TestKit.Load;

/// <summary>
/// A hundred endpoints that get every event, once for each of two customers: those of the first all answer, among those of the second one is dead and one is slow.
/// What the others wait is measured for one customer and for the other, in turn. The key's tenant is used by nobody else.
/// </summary>
internal sealed class Neighbours : IAsyncDisposable
{
    public const int Others = 98;
    public static readonly TimeSpan Slowness = TimeSpan.FromSeconds(3);
    private static readonly Uri Endpoints = new("/v1/webhook-endpoints", UriKind.Relative);

    private readonly WebhookSink _sink = new(byPath: true);
    private readonly HttpClient _http;
    private readonly int _port;
    private readonly string _key;
    private readonly FakeReceiver _slow;
    private readonly List<string> _ill = [];
    private readonly Lock _atSlow = new();
    private long _next = 1;
    private int _now;

    private Neighbours(HttpClient http, int port, string key)
    {
        (_http, _port, _key) = (http, port, key);
        _slow = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null)
            {
                lock (_atSlow) MostAtSlow = Math.Max(MostAtSlow, ++_now);
                try { await Task.Delay(Slowness, connection.Stopping); }
                finally { lock (_atSlow) _now--; }
                await connection.SendAsync(FakeReceiver.Answer(200));
            }
        }, keep: false);
    }

    /// <summary>How many requests the slow one held at once, at most.</summary>
    public int MostAtSlow { get; private set; }

    /// <summary>With a client that has the key already.</summary>
    public static async Task<Neighbours> StartAsync(HttpClient http, int port, string key, CancellationToken ct)
    {
        var all = new Neighbours(http, port, key);
        foreach (var account in (string[])["well", "ill"])
            for (var n = 0; n < Others; n++) await all.MakeAsync(account, $"{all._sink.Url}/{n}", ct);
        for (var n = Others; n < Others + 2; n++) await all.MakeAsync("well", $"{all._sink.Url}/{n}", ct);
        foreach (var url in (string[])["http://127.0.0.1:1/dead", all._slow.Url.ToString()]) all._ill.Add(await all.MakeAsync("ill", url, ct));
        return all;
    }

    /// <summary>From the request to the arrival at each of the others: all of them have it when this is back.</summary>
    public async Task<Latencies> MeasureAsync(bool ill, int perSecond, TimeSpan time, CancellationToken ct)
    {
        if (ill) foreach (var id in _ill) await PostAsync($"{Endpoints}/{id}/enable", new { }, ct); // so that each turn finds the dead one anew
        var load = new PacedLoad(_port, 16, n => HttpLoad.Post("/v1/events", _key, Encoding.UTF8.GetBytes($$$"""{"type":"t.n","account":"{{{(ill ? "ill" : "well")}}}","data":{"n":{{{n}}}}}""")));
        await load.RunAsync(perSecond, time, _next, ct);
        _next += load.Sent.Count;
        var waits = new Latencies();
        foreach (var (number, sent) in load.Sent)
            for (var n = 0; n < Others; n++) waits.Add(Stopwatch.GetElapsedTime(sent, await ArrivedAsync(number, n, ct)));
        if (ill) foreach (var id in _ill) await ClearAsync(id, ct);
        return waits;
    }

    private async Task<long> ArrivedAsync(long number, int path, CancellationToken ct)
    {
        var since = Stopwatch.GetTimestamp();
        long at;
        while (!_sink.Arrived.TryGetValue(WebhookSink.KeyOf(number, path), out at))
        {
            if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(60)) throw new InvalidOperationException($"event {number} did not come to {path} within a minute");
            await Task.Delay(10, ct);
        }
        return at;
    }

    /// <summary>Nothing of a turn is left for the next: what waits is cancelled, what is in the air has ended.</summary>
    private async Task ClearAsync(string endpoint, CancellationToken ct)
    {
        await PostAsync($"{Endpoints}/{endpoint}/cancel-pending", new { }, ct);
        var since = Stopwatch.GetTimestamp();
        while ((await PostAsync($"{Endpoints}/{endpoint}/cancel-pending", new { dry_run = true }, ct)).GetProperty("count").GetInt64() > 0)
        {
            if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(60)) throw new InvalidOperationException("what waits for the ill ones is not cancelled within a minute");
            await Task.Delay(200, ct);
            await PostAsync($"{Endpoints}/{endpoint}/cancel-pending", new { }, ct);
        }
    }

    private async Task<string> MakeAsync(string account, string url, CancellationToken ct) =>
        (await PostAsync($"{Endpoints}", new { url, account, event_types = new[] { "t.*" } }, ct)).GetProperty("id").GetString()!;

    private async Task<JsonElement> PostAsync(string path, object body, CancellationToken ct)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, ct);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
    }

    public async ValueTask DisposeAsync()
    {
        _sink.Dispose();
        await _slow.DisposeAsync();
    }
}
