using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ChatRelay.TestKit.Document;

namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>HTTP/1.1 by hand, so that bytes can be sent which no client would send.</summary>
internal sealed class RawConnection(Uri server) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private Socket? socket;
    private byte[] buffer = new byte[16 * 1024];
    private int start, end;

    /// <summary>Null if the server closed without a word.</summary>
    public async Task<SeenAnswer?> AskAsync(BadRequest request)
    {
        using var late = new CancellationTokenSource(Patience);
        try
        {
            if (socket is null) await OpenAsync(late.Token);
            var sending = SendAsync(request, late.Token);
            var answer = await ReadAsync(request, late.Token);
            await sending;
            if (answer is null || request.Ends || request.Last || answer.Headers.GetValueOrDefault("connection") == "close") Dispose();
            return answer;
        }
        catch (OperationCanceledException)
        {
            Dispose();
            throw new TimeoutException($"no answer within {Patience.TotalSeconds} s");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            Dispose();
            return null;
        }
    }

    private async Task OpenAsync(CancellationToken ct)
    {
        (start, end) = (0, 0);
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, ct);
    }

    // A server that refuses early stops reading: what we think of that is in its answer.
    private async Task SendAsync(BadRequest request, CancellationToken ct)
    {
        try
        {
            for (var rest = request.Bytes; rest.Length > 0;) rest = rest[await socket!.SendAsync(rest, ct)..];
            if (request.Ends) socket!.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task<SeenAnswer?> ReadAsync(BadRequest request, CancellationToken ct)
    {
        while (true)
        {
            if (await LineAsync(ct) is not { } first) return null;
            if (!first.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)) throw new InvalidDataException($"not an answer: {first}");
            var status = int.Parse(first.AsSpan(9, 3), CultureInfo.InvariantCulture);
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await LineAsync(ct) is { Length: > 0 } line)
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                headers[line[..colon].ToLowerInvariant()] = line[(colon + 1)..].Trim();
            }
            if (status == 100) continue;
            var body = request.Method == "HEAD" || status is 204 or 304 ? [] : await BodyAsync(headers, ct);
            return new SeenAnswer(request.Method, request.Target, status, headers, body);
        }
    }

    private async Task<byte[]> BodyAsync(Dictionary<string, string> headers, CancellationToken ct)
    {
        if (headers.TryGetValue("content-length", out var length)) return await TakeAsync(int.Parse(length, CultureInfo.InvariantCulture), ct);
        if (headers.GetValueOrDefault("transfer-encoding") != "chunked") throw new InvalidDataException("an answer without a length");
        var body = new MemoryStream();
        while (int.Parse((await LineAsync(ct))!, NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            body.Write(await TakeAsync(size, ct));
            await LineAsync(ct);
        }
        await LineAsync(ct);
        return body.ToArray();
    }

    private async Task<byte[]> TakeAsync(int count, CancellationToken ct)
    {
        while (end - start < count)
        {
            if (!await FillAsync(ct)) throw new IOException("the answer ended before its end");
        }
        start += count;
        return buffer[(start - count)..start];
    }

    private async Task<string?> LineAsync(CancellationToken ct)
    {
        while (true)
        {
            var at = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                start += at + 2;
                return Encoding.Latin1.GetString(buffer, start - at - 2, at);
            }
            if (!await FillAsync(ct)) return null;
        }
    }

    private async Task<bool> FillAsync(CancellationToken ct)
    {
        if (start > 0) Buffer.BlockCopy(buffer, start, buffer, 0, end - start);
        (start, end) = (0, end - start);
        if (end == buffer.Length) Array.Resize(ref buffer, end * 2);
        var read = await socket!.ReceiveAsync(buffer.AsMemory(end), ct);
        end += read;
        return read > 0;
    }

    public void Dispose()
    {
        socket?.Dispose();
        socket = null;
    }
}
