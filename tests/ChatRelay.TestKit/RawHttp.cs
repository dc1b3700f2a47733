using System.Net.Sockets;
using System.Text;

namespace ChatRelay.TestKit;

/// <summary>Requests that no client would send, byte for byte.</summary>
internal static class RawHttp
{
    /// <summary>Sends the bytes, closes the sending half if asked, and reads until the server closes or an answer is whole.</summary>
    public static async Task<RawAnswer> SendAsync(Uri address, byte[] request, bool endSending = false, CancellationToken ct = default)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port, ct);
        await socket.SendAsync(request, ct);
        if (endSending) socket.Shutdown(SocketShutdown.Send);

        using var read = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            while (!IsWhole(read.GetBuffer().AsSpan(0, (int)read.Length)) && await socket.ReceiveAsync(buffer, ct) is > 0 and var count) read.Write(buffer, 0, count);
        }
        catch (SocketException)
        {
            // The server ended the connection; what came before counts.
        }
        return RawAnswer.Of(Encoding.Latin1.GetString(read.ToArray()));
    }

    public static Task<RawAnswer> SendAsync(Uri address, string request, bool endSending = false, CancellationToken ct = default) =>
        SendAsync(address, Encoding.Latin1.GetBytes(request), endSending, ct);

    private static bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        var at = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        if (at < 0 || at > end) return text.EndsWith("0\r\n\r\n", StringComparison.Ordinal) || text.StartsWith("HTTP/1.1 204", StringComparison.Ordinal);
        var length = int.Parse(text[(at + 16)..text.IndexOf("\r\n", at, StringComparison.Ordinal)]);
        return bytes.Length >= end + 4 + length;
    }
}

/// <summary>What came back; status 0 if nothing did.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public static RawAnswer Of(string text)
    {
        if (!text.StartsWith("HTTP/1.", StringComparison.Ordinal)) return new(0, new Dictionary<string, string>(), text);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = text[..end].Split("\r\n");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1)) headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
        return new(int.Parse(lines[0].Split(' ')[1]), headers, text[(end + 4)..]);
    }

    public bool Says(string code) => Body.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal);
}
