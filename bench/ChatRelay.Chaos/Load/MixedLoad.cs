using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Chaos.Load;

/// <summary>What a tenant does beside sending: mails to the sandbox, lists, look-ups, timelines, cancels, previews, a key made and revoked. Once a second each.</summary>
internal sealed class MixedLoad(ChaosWorld world)
{
    private long asked, failed;

    public long Asked => Interlocked.Read(ref asked);

    /// <summary>Had no answer, or one of the 5xx: under faults that is no wonder.</summary>
    public long Failed => Interlocked.Read(ref failed);

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(world.Nodes.Select(async node =>
    {
        using var http = world.ClientOf(node);
        http.Timeout = TimeSpan.FromSeconds(10);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (!stop.IsCancellationRequested)
        {
            var mail = await AskAsync(http, HttpMethod.Post, "/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." } });
            var later = await InsistAsync(http, "/v1/notifications", new { to = new { email = "bob@example.com" }, content = new { subject = "Hello", text = "Never." }, send_at = DateTimeOffset.UtcNow.AddHours(24) });
            await AskAsync(http, HttpMethod.Get, "/v1/notifications?limit=50");
            await AskAsync(http, HttpMethod.Get, "/v1/deliveries?status=sent&limit=20");
            await AskAsync(http, HttpMethod.Post, "/v1/notifications/preview", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." } });
            if (IdOf(mail) is { } sent) await AskAsync(http, HttpMethod.Get, $"/v1/notifications/{sent}/timeline");
            if (IdOf(later) is { } waiting) await InsistAsync(http, $"/v1/notifications/{waiting}/cancel", new { }); // or the queue would grow by what was never cancelled
            if (IdOf(await AskAsync(http, HttpMethod.Post, "/v1/api-keys", new { name = "soak" })) is { } key) await AskAsync(http, HttpMethod.Delete, $"/v1/api-keys/{key}");
            if (!await timer.WaitForNextTickAsync(stop).AsTask().ContinueWith(tick => tick.IsCompletedSuccessfully, TaskScheduler.Default)) return;
        }
    }));

    /// <summary>Under one key until there is an answer.</summary>
    private async Task<JsonElement?> InsistAsync(HttpClient http, string path, object body)
    {
        var key = $"{Guid.NewGuid()}";
        for (var tries = 0; tries < 60; tries++)
        {
            if (await AskAsync(http, HttpMethod.Post, path, body, key) is { } answered) return answered;
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
        return null;
    }

    private async Task<JsonElement?> AskAsync(HttpClient http, HttpMethod method, string path, object? body = null, string? key = null)
    {
        Interlocked.Increment(ref asked);
        try
        {
            using var ask = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
            if (key is not null) ask.Headers.Add("Idempotency-Key", key);
            using var answer = await http.SendAsync(ask);
            if ((int)answer.StatusCode >= 500) Interlocked.Increment(ref failed);
            var text = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode && text.Length > 0 ? JsonDocument.Parse(text).RootElement : null;
        }
        catch (Exception lost) when (LostAnswer.IsBehind(lost))
        {
            Interlocked.Increment(ref failed);
            return null;
        }
    }

    private static string? IdOf(JsonElement? made) => made is { ValueKind: JsonValueKind.Object } one && one.TryGetProperty("id", out var id) ? id.GetString() : null;
}
