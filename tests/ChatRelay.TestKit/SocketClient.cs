using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ChatRelay.TestKit.Frames;

namespace ChatRelay.TestKit;

/// <summary>A socket as a user's device has it, over the framework's own client: asks, gets answers by number, and keeps what is pushed in order.</summary>
internal sealed class SocketClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket socket;
    private readonly Channel<JsonElement> pushed = Channel.CreateUnbounded<JsonElement>();
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> asked = new();
    private readonly TaskCompletionSource<int?> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim turn = new(1), reading = new(1);
    private long last;
    private bool keepsOrder;

    private Socket? tcp;

    private SocketClient(ClientWebSocket socket, Socket? tcp)
    {
        (this.socket, this.tcp) = (socket, tcp);
        _ = Task.Run(ReadAsync);
    }

    /// <summary>The code of the relay's close; null if the connection just ended.</summary>
    public Task<int?> Closed => closed.Task.WaitAsync(Patience);

    /// <summary>What the close said beside its code.</summary>
    public string? Reason => socket.CloseStatusDescription;

    public bool Ended => closed.Task.IsCompleted;

    /// <summary>What came with the answer to hello.</summary>
    public JsonElement Welcome { get; private set; }

    public static async Task<SocketClient> OpenAsync(Uri relay, string? origin = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("chatrelay.v1");
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        Socket? tcp = null;
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = async (to, ct) => new NetworkStream(tcp = await ConnectAsync(to, ct), ownsSocket: true) };
        await socket.ConnectAsync(new UriBuilder(relay) { Scheme = "ws", Path = "/v1/connect" }.Uri, new HttpMessageInvoker(handler), CancellationToken.None);
        return new(socket, tcp);
    }

    // With a small window: a reader that pauses is felt soon.
    private static async Task<Socket> ConnectAsync(SocketsHttpConnectionContext to, CancellationToken ct)
    {
        var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 16 * 1024 };
        await tcp.ConnectAsync(to.DnsEndPoint, ct);
        return tcp;
    }

    /// <summary>Reads nothing until Resume.</summary>
    public Task PauseAsync() => reading.WaitAsync();

    public void Resume() => reading.Release();

    /// <summary>Opened and known.</summary>
    public static async Task<SocketClient> HelloAsync(Uri relay, string token, object? more = null)
    {
        var client = await OpenAsync(relay);
        var hello = Merge(new { v = 1, token }, more);
        var answer = await client.AskAsync("hello", hello);
        client.Welcome = answer.TryGetProperty("ok", out var ok) ? ok : throw new InvalidOperationException($"hello: {answer}");
        return client;
    }

    /// <summary>The whole answer, with `ok` or `error`.</summary>
    public async Task<JsonElement> AskAsync(string op, object? input = null)
    {
        var id = Interlocked.Increment(ref last);
        var answer = asked[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(Merge(new { id, op }, input).ToJsonString());
        return await answer.Task.WaitAsync(Patience);
    }

    /// <summary>An answer, and everything that was pushed before it.</summary>
    public async Task<(JsonElement Answer, IReadOnlyList<JsonElement> Before)> AskInOrderAsync(string op, object? input = null)
    {
        keepsOrder = true;
        var answer = await AskAsync(op, input);
        var before = new List<JsonElement>();
        while (await NextAsync() is var frame && frame.TryGetProperty("ev", out _)) before.Add(frame);
        return (answer, before);
    }

    /// <summary>What is right about an answer.</summary>
    public async Task<JsonElement> DoAsync(string op, object? input = null)
    {
        var answer = await AskAsync(op, input);
        return answer.TryGetProperty("ok", out var ok) ? ok : throw new InvalidOperationException($"{op}: {answer}");
    }

    /// <summary>The code of what is wrong about it.</summary>
    public async Task<string> FailAsync(string op, object? input = null)
    {
        var answer = await AskAsync(op, input);
        return answer.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString()! : throw new InvalidOperationException($"{op}: {answer}");
    }

    public async Task SendAsync(string text)
    {
        await turn.WaitAsync();
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The same again and again, until the other side has had enough: the code with which it closes.</summary>
    public async Task<int?> FloodAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            while (!closed.Task.IsCompleted && !patience.IsCancellationRequested) await SendAsync(text);
        }
        catch (WebSocketException)
        {
            // It closed while this was being sent.
        }
        return await Closed;
    }

    /// <summary>The next frame that was pushed.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        return await pushed.Reader.ReadAsync(patience.Token);
    }

    /// <summary>The next one of this kind; others before it are passed over.</summary>
    public async Task<JsonElement> NextAsync(string ev)
    {
        while (true)
        {
            var frame = await NextAsync();
            if (frame.GetProperty("ev").GetString() == ev) return frame;
        }
    }

    /// <summary>Back when something was pushed, when the connection has ended, or after that time.</summary>
    public async Task PushedAsync(TimeSpan atMost)
    {
        var pushes = pushed.Reader.WaitToReadAsync().AsTask();
        await Task.WhenAny(pushes, Task.Delay(atMost, TimeProvider.System));
    }

    /// <summary>Everything that was pushed up to now, without waiting.</summary>
    public IReadOnlyList<JsonElement> TakePushed()
    {
        var all = new List<JsonElement>();
        while (pushed.Reader.TryRead(out var frame)) all.Add(frame);
        return all;
    }

    public void Abort() => socket.Abort();

    /// <summary>Cut with a RST, as by a network that has forgotten the connection.</summary>
    public void Reset()
    {
        tcp!.LingerState = new(true, 0);
        tcp.Close();
    }

    public async ValueTask DisposeAsync()
    {
        if (reading.CurrentCount == 0) reading.Release();
        socket.Abort();
        await closed.Task.WaitAsync(Patience);
        socket.Dispose();
        turn.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                await reading.WaitAsync();
                reading.Release();
                var read = await socket.ReceiveAsync(buffer, CancellationToken.None);
                if (read.MessageType == WebSocketMessageType.Close) break;
                message.Write(buffer, 0, read.Count);
                if (!read.EndOfMessage) continue;
                Take(JsonSerializer.Deserialize<JsonElement>(message.GetBuffer().AsSpan(0, (int)message.Length)));
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Cut: how a socket ends when nobody says good-bye.
        }
        End((int?)socket.CloseStatus);
        if (socket.State == WebSocketState.CloseReceived)
        {
            try
            {
                await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Already gone.
            }
        }
    }

    private void Take(JsonElement frame)
    {
        if (frame.TryGetProperty("id", out var id) && !frame.TryGetProperty("ev", out _) && asked.TryRemove(id.GetInt64(), out var waits))
        {
            if (keepsOrder) pushed.Writer.TryWrite(frame); // marks its place
            waits.SetResult(frame);
        }
        else if (frame.TryGetProperty("ev", out var ev) && ev.GetString() == "ping") _ = SendAsync("""{"op":"pong"}""");
        else if (frame.TryGetProperty("ev", out _) && SocketFrames.Faults(frame) is { Count: > 0 } faults) End(new Document.UndocumentedAnswerException($"{frame}, not as asyncapi.yaml says: {string.Join("; ", faults)}"));
        else pushed.Writer.TryWrite(frame);
    }

    private void End(int? code)
    {
        closed.TrySetResult(code);
        pushed.Writer.TryComplete();
        foreach (var waits in asked.Values) waits.TrySetException(new IOException($"closed with {code}"));
    }

    /// <summary>It said what no document has: whoever waits for anything of it, or lets it go, is told.</summary>
    private void End(Document.UndocumentedAnswerException fault)
    {
        closed.TrySetException(fault);
        pushed.Writer.TryComplete(fault);
        foreach (var waits in asked.Values) waits.TrySetException(fault);
    }

    private static JsonObject Merge(object one, object? other)
    {
        var all = JsonSerializer.SerializeToNode(one)!.AsObject();
        if (other is null) return all;
        foreach (var (name, value) in (other as JsonObject ?? JsonSerializer.SerializeToNode(other)!.AsObject()).ToList()) all[name] = value?.DeepClone();
        return all;
    }
}
