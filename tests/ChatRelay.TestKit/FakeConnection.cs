using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace ChatRelay.TestKit;

/// <summary>One connection of a FakeReceiver, as its script sees it.</summary>
public sealed class FakeConnection(FakeReceiver receiver, Socket socket, Stream stream, int number, CancellationToken stopping)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start, _end;

    /// <summary>Counts from 1 over the receiver's life.</summary>
    public int Number => number;
    public CancellationToken Stopping => stopping;

    /// <summary>One request with its body (by Content-Length); null when the other side has closed.</summary>
    public async Task<FakeRequest?> ReadRequestAsync()
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line)
        {
            if (line.Length > 0)
            {
                lines.Add(line);
                continue;
            }
            var headers = lines.Skip(1).Select(text => text.Split(':', 2)).Select(pair => new KeyValuePair<string, string>(pair[0], pair[1].Trim())).ToArray();
            var length = headers.FirstOrDefault(header => header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)).Value;
            var request = new FakeRequest(lines[0], headers, await ReadBytesAsync(int.Parse(length ?? "0")), number);
            receiver.Saw(request);
            return request;
        }
        return null;
    }

    public async Task SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes, stopping);
        await stream.FlushAsync(stopping);
    }

    /// <summary>Holds the connection and says nothing until the receiver stops.</summary>
    public Task HangAsync() => Task.Delay(Timeout.Infinite, stopping);

    /// <summary>Ends the connection with a reset instead of a close.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    /// <summary>Bytes have come that nobody has read.</summary>
    public bool HasUnread => _start < _end;

    /// <summary>Goes on under TLS, as the server.</summary>
    public async Task SecureAsync(SslStreamCertificateContext certificate)
    {
        var secured = new SslStream(stream);
        stream = secured;
        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate }, stopping);
    }

    /// <summary>Notes what came whole, in whatever protocol.</summary>
    public void Saw(FakeRequest request) => receiver.Saw(request);

    public async Task<string?> ReadLineAsync() => (await ReadRawLineAsync())?[..^1].TrimEnd('\r');

    /// <summary>With the LF that ends it, and a CR if there was one.</summary>
    public async Task<string?> ReadRawLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync()) return null;
            line.Append((char)_buffer[_start++]);
            if (line[^1] == '\n') return line.ToString();
        }
    }

    private async Task<byte[]> ReadBytesAsync(int length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            if (_start == _end && !await FillAsync()) throw new IOException("the body stopped half-way");
            var take = Math.Min(length - at, _end - _start);
            _buffer.AsSpan(_start, take).CopyTo(bytes.AsSpan(at));
            (_start, at) = (_start + take, at + take);
        }
        return bytes;
    }

    private async Task<bool> FillAsync()
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, stopping);
        return _end > 0;
    }
}
