using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;

namespace ChatRelay.Client;

/// <summary>One connection: requests with their answers, frames in order, and the silence after which it counts as cut.</summary>
internal sealed class SocketLine : IAsyncDisposable
{
    private const int LongestMessage = 4 * 1024 * 1024;

    private readonly ClientWebSocket socket;
    private readonly ConcurrentDictionary<long, Asked> asked = new();
    private readonly SemaphoreSlim turn = new(1);
    private readonly CancellationTokenSource ended = new();
    private readonly ITimer silence;
    private long last;
    private TimeSpan patience;

    private sealed record Asked(Action<JsonElement>? Apply, TaskCompletionSource<RelayResult<JsonElement>> Told);

    private SocketLine(ClientWebSocket socket, TimeSpan patience, TimeProvider clock)
    {
        (this.socket, this.patience) = (socket, patience);
        silence = clock.CreateTimer(static line => ((SocketLine)line!).Abort(), this, patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when nothing more comes.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>The code of the relay's close; null if the connection just ended.</summary>
    public int? Code => (int?)socket.CloseStatus;

    /// <summary>From `bye`: come back after a random time in this range.</summary>
    public (double Low, double High)? Hint { get; private set; }

    /// <summary>A line, or null with the time after which to come back, if one was given.</summary>
    public static async Task<(SocketLine? Line, TimeSpan? RetryAfter)> OpenAsync(Uri address, RelaySocketOptions options, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("chatrelay.v1");
        socket.Options.KeepAliveInterval = TimeSpan.Zero; // the relay asks for signs of life itself
        socket.Options.CollectHttpResponseDetails = true;
        using var late = new CancellationTokenSource(options.HelloTime, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            await socket.ConnectAsync(TargetOf(address), either.Token);
            socket.HttpResponseHeaders = null;
            return (new(socket, options.HelloTime, options.Clock), null);
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            var after = socket.HttpResponseHeaders is { } headers && headers.TryGetValue("Retry-After", out var said) && int.TryParse(said.FirstOrDefault(), out var seconds) ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
            socket.Dispose();
            return (null, after);
        }
    }

    /// <summary>Asks; the answer is applied in its place among the frames before anybody is told of it.</summary>
    public async Task<RelayResult<JsonElement>> AskAsync(string op, Action<Utf8JsonWriter> members, Action<JsonElement>? apply, CancellationToken ct)
    {
        var id = Interlocked.Increment(ref last);
        var mine = asked[id] = new(apply, new(TaskCreationOptions.RunContinuationsAsynchronously));
        var frame = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(frame))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("op", op);
            members(json);
            json.WriteEndObject();
        }
        if (!await SendAsync(frame.WrittenMemory) || ended.IsCancellationRequested) mine.Told.TrySetResult(Cut);
        return await mine.Told.Task.WaitAsync(ct);
    }

    /// <summary>Until the connection ends. Frames that are no answers are given to <paramref name="take"/>, one after the other.</summary>
    public async Task ReadAsync(Action<string, JsonElement> take, CancellationToken ct)
    {
        var message = new ArrayBufferWriter<byte>(16 * 1024);
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(message.GetMemory(16 * 1024), ct);
                if (read.MessageType == WebSocketMessageType.Close) break;
                message.Advance(read.Count);
                silence.Change(patience, Timeout.InfiniteTimeSpan);
                if (message.WrittenCount > LongestMessage) break;
                if (!read.EndOfMessage) continue;
                using (var document = JsonDocument.Parse(message.WrittenMemory)) Take(document.RootElement, take);
                message.ResetWrittenCount();
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or JsonException or KeyNotFoundException or FormatException or InvalidOperationException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // Cut: how a connection ends when nobody says good-bye. A frame that cannot be read is no better.
        }
        finally
        {
            await ended.CancelAsync();
            foreach (var one in asked.Values) one.Told.TrySetResult(Cut);
        }
    }

    /// <summary>The relay has said how long it may be silent.</summary>
    public void Expect(TimeSpan longest) => silence.Change(patience = longest, Timeout.InfiniteTimeSpan);

    public void Abort() => socket.Abort();

    /// <summary>Says good-bye, and does not wait for long.</summary>
    public async Task CloseAsync(CancellationToken ct)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ct);
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // Already gone.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await silence.DisposeAsync();
        socket.Dispose();
        await ended.CancelAsync(); // not disposed: who still asks reads it
    }

    private void Take(JsonElement frame, Action<string, JsonElement> take)
    {
        if (frame.TryGetProperty("ev", out var ev))
        {
            if (ev.ValueEquals("ping")) _ = SendAsync("""{"op":"pong"}"""u8.ToArray());
            else if (ev.ValueEquals("bye")) Hint = RangeOf(frame);
            else take(ev.GetString()!, frame.Clone());
            return;
        }
        if (!frame.TryGetProperty("id", out var id) || !id.TryGetInt64(out var number) || !asked.TryRemove(number, out var mine)) return;
        if (frame.TryGetProperty("ok", out var ok))
        {
            var whole = ok.Clone(); // what is kept of it outlives this frame
            mine.Apply?.Invoke(whole);
            mine.Told.TrySetResult(new(whole));
        }
        else
        {
            mine.Told.TrySetResult(new(RefusalOf(frame.GetProperty("error"))));
        }
    }

    private async Task<bool> SendAsync(ReadOnlyMemory<byte> frame)
    {
        await turn.WaitAsync();
        try
        {
            // Without a token: a message that is given up half way would break the connection.
            await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            turn.Release();
        }
    }

    private static RelayFailure.Refused RefusalOf(JsonElement error) => new(
        0,
        new() { Code = error.GetProperty("code").GetString()!, Detail = error.GetProperty("detail").GetString()!, Retryable = error.TryGetProperty("retryable", out var may) && may.ValueKind == JsonValueKind.True },
        error.TryGetProperty("retry_ms", out var ms) && ms.ValueKind == JsonValueKind.Number ? TimeSpan.FromMilliseconds(ms.GetDouble()) : null);

    private static (double, double)? RangeOf(JsonElement bye) =>
        bye.TryGetProperty("retry_ms", out var range) && range.ValueKind == JsonValueKind.Array && range.GetArrayLength() == 2 ? (range[0].GetDouble(), range[1].GetDouble()) : null;

    private static RelayResult<JsonElement> Cut => new(new RelayFailure.NoAnswer("The connection was cut."));

    private static Uri TargetOf(Uri address) => new UriBuilder(address)
    {
        Scheme = address.Scheme is "https" or "wss" ? "wss" : "ws",
        Path = address.AbsolutePath.TrimEnd('/') + "/v1/connect",
    }.Uri;
}
