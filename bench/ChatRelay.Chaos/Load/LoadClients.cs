using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Chaos.Load;

/// <summary>
/// Clients that keep at it: each sends one request after the other under an idempotency key of its own, to any node that answers, until it
/// has its 202; and it counts that only when it is on the disk.
/// </summary>
internal sealed class LoadClients(long seed, ChaosWorld world, Recorder recorder, Journal acks, Journal begun, LoadCounts counts, int clients, double perSecond)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Dictionary<long, DateTimeOffset> began = [];

    /// <summary>Until told to stop; a request that is under way is carried through.</summary>
    public Task RunAsync(string ackFile, string begunFile, CancellationToken stop, CancellationToken ct)
    {
        var last = new Dictionary<long, long>(); // by client: the highest request that was acknowledged whole
        foreach (var request in Journal.Read(ackFile).Select(Ack.Read).GroupBy(ack => ack.Item / Operation.MostItems))
            if (request.Count() >= Operation.Of(seed, request.Key, world.Tenants.Count, recorder.Ports.Count).Items)
                last[request.Key % clients] = Math.Max(last.GetValueOrDefault(request.Key % clients, -1), request.Key);
        foreach (var line in Journal.Read(begunFile))
            if (line.Split(' ') is [var number, var at])
                began[long.Parse(number, CultureInfo.InvariantCulture)] = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture));

        return Task.WhenAll(Enumerable.Range(0, clients).Select(client =>
            ClientAsync(last.TryGetValue(client, out var done) ? done + clients : client, stop, ct)));
    }

    private async Task ClientAsync(long first, CancellationToken stop, CancellationToken ct)
    {
        await Task.Yield();
        using var http = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Patience };
        var every = TimeSpan.FromSeconds(clients / perSecond);
        using var timer = new PeriodicTimer(every);
        for (var number = first; !stop.IsCancellationRequested; number += clients)
        {
            await InsistAsync(http, Operation.Of(seed, number, world.Tenants.Count, recorder.Ports.Count), ct);
            await timer.WaitForNextTickAsync(ct);
        }
    }

    private async Task InsistAsync(HttpClient http, Operation operation, CancellationToken ct)
    {
        var (path, body) = operation.Render(recorder.UrlOf, await BeganAsync(operation));
        var nodes = world.Nodes.Where(node => node.Plan.HasApi).ToArray();
        var unheard = 0;
        for (var tries = 0; ; tries++)
        {
            var node = nodes[(int)((operation.Number + tries) % nodes.Length)];
            var reply = await AskAsync(http, node, path, operation, body, ct);
            counts.Answered(reply?.Status ?? 0);
            switch (reply)
            {
                case { Status: 202 } accepted:
                    await WriteDownAsync(operation, accepted, unheard);
                    return;
                case null:
                    unheard++;
                    break;
                case { Status: 409 or 429 or 503 } later:
                    await Task.Delay(later.RetryAfter ?? TimeSpan.FromMilliseconds(200), ct);
                    continue;
                default:
                    counts.Wrong.Enqueue($"{operation.Key} at {node.Plan.Name}: {reply.Status} {reply.Text}");
                    if (reply.Status < 500) return; // it will say so again
                    break;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), ct);
        }
    }

    // A scheduled request names its time, and has to name the same one at every try, also after a restart of ours.
    private async Task<DateTimeOffset> BeganAsync(Operation operation)
    {
        if (operation.Delay == TimeSpan.Zero) return default;
        lock (began)
            if (began.TryGetValue(operation.Number, out var known)) return known;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        await begun.AppendAsync(string.Create(CultureInfo.InvariantCulture, $"{operation.Number} {now.ToUnixTimeMilliseconds()}"));
        return now;
    }

    private async Task WriteDownAsync(Operation operation, Reply reply, int unheard)
    {
        var now = DateTimeOffset.UtcNow;
        using var said = JsonDocument.Parse(reply.Text);
        var items = operation.Items == 1
            ? [(said.RootElement.GetProperty("id").GetString(), said.RootElement.GetProperty("deliveries")[0].GetProperty("id").GetString())]
            : said.RootElement.GetProperty("data").EnumerateArray().Select(item => (item.GetProperty("id").GetString(), (string?)null)).ToArray();
        if (items.Length != operation.Items || Array.Exists(items, item => item.Item1 is null))
        {
            counts.Wrong.Enqueue($"{operation.Key}: {reply.Text}");
            return;
        }
        await Task.WhenAll(items.Select((item, at) => acks.AppendAsync(new Ack(operation.ItemOf(at), item.Item1!, item.Item2, now, unheard, reply.Replayed).Line)));
        counts.Acked(operation.Items, unheard > 0, reply.Replayed);
    }

    private async Task<Reply?> AskAsync(HttpClient http, ChaosNode node, string path, Operation operation, byte[] body, CancellationToken ct)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Address, path)) { Content = new ByteArrayContent(body) };
        ask.Content.Headers.ContentType = new("application/json");
        ask.Headers.Authorization = new("Bearer", world.Tenants[operation.Tenant].Key);
        ask.Headers.Add("Idempotency-Key", operation.Key);
        try
        {
            using var answer = await http.SendAsync(ask, ct);
            return new((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(ct), answer.Headers.RetryAfter?.Delta, answer.Headers.Contains("Idempotent-Replayed"));
        }
        catch (Exception lost) when (LostAnswer.IsBehind(lost, ct))
        {
            return lost is SocketException or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } ? new((int)HttpStatusCode.ServiceUnavailable, "", null, false) : null; // never reached it
        }
    }

    private sealed record Reply(int Status, string Text, TimeSpan? RetryAfter, bool Replayed);
}
