using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.TestKit;

/// <summary>A device on a network without WebSocket: it says hello in a request, and reads the events that come as its answer, as a browser does with fetch.</summary>
internal sealed class EventStreamClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;
    private readonly HttpResponseMessage answer;
    private readonly StreamReader events;

    private EventStreamClient(HttpClient http, HttpResponseMessage answer, StreamReader events) => (this.http, this.answer, this.events) = (http, answer, events);

    /// <summary>What came with the answer to hello.</summary>
    public JsonElement Welcome { get; private set; }

    /// <param name="receiveBuffer">a small one: a reader that does not read is felt soon</param>
    public static async Task<EventStreamClient> HelloAsync(Uri relay, string token, object? more = null, int? receiveBuffer = null)
    {
        var body = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        (body["v"], body["token"]) = (1, token);
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ConnectCallback = ConnectAsync }) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(relay, "/v1/connect/events")) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream") throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        var client = new EventStreamClient(http, answer, new(await answer.Content.ReadAsStreamAsync(), Encoding.UTF8));
        client.Welcome = (await client.NextAsync())!.Value.GetProperty("ok");
        return client;

        async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext to, CancellationToken ct)
        {
            var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (receiveBuffer is { } size) tcp.ReceiveBufferSize = size;
            await tcp.ConnectAsync(to.DnsEndPoint, ct);
            return new NetworkStream(tcp, ownsSocket: true);
        }
    }

    /// <summary>The next event; null at the end of the stream, in order or cut.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        var data = new List<string>();
        try
        {
            while (await events.ReadLineAsync(patience.Token) is { } line)
            {
                if (line.Length == 0 && data.Count > 0) return JsonSerializer.Deserialize<JsonElement>(string.Join('\n', data));
                if (line.StartsWith("data: ", StringComparison.Ordinal)) data.Add(line[6..]);
                else if (line.Length > 0) throw new InvalidDataException($"not a line of data: {line}");
            }
        }
        catch (IOException)
        {
            // Cut.
        }
        return null;
    }

    /// <summary>The next one of this kind; others before it are passed over.</summary>
    public async Task<JsonElement> NextAsync(string ev)
    {
        while (await NextAsync() is { } frame)
            if (frame.GetProperty("ev").GetString() == ev) return frame;
        throw new IOException($"the stream ended before any {ev}");
    }

    /// <summary>The code of the `bye` that the relay ended with; null if it was cut.</summary>
    public async Task<int?> ClosedAsync()
    {
        int? code = null;
        while (await NextAsync() is { } frame)
            if (frame.GetProperty("ev").GetString() == "bye") code = frame.GetProperty("code").GetInt32();
        return code;
    }

    public ValueTask DisposeAsync()
    {
        events.Dispose();
        answer.Dispose();
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
