using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using ChatRelay.Protocol;

namespace ChatRelay.Outbound;

/// <summary>One call as it goes on, and what is known of it when it is cut off.</summary>
internal sealed class OutboundExchange(OutboundConnections connections, OutboundRequest request)
{
    public const int MaxBody = 16 * 1024;

    private static readonly ProductInfoHeaderValue Product = new("ChatRelay", typeof(OutboundExchange).Assembly.GetName().Version!.ToString(3));
    private readonly DepartureMark _mark = new();
    private OutboundReply _reply = new();

    /// <summary>Throws OperationCanceledException when the deadline passes, and nothing else.</summary>
    public async Task<OutboundReply> TryAsync(CancellationToken deadline)
    {
        try
        {
            return await SendAsync(deadline);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or SocketException or OperationCanceledException)
        {
            deadline.ThrowIfCancellationRequested(); // a cut connection is how the handler obeys
            return _reply with { Failure = OutboundFailures.Of(e, _mark.Left) };
        }
    }

    public OutboundReply FailedBy(Outcome outcome, string detail) => _reply with { Failure = new(outcome, _mark.Left, detail) };

    private async Task<OutboundReply> SendAsync(CancellationToken deadline)
    {
        using var message = Message();
        var pool = connections.For(request.Allow, request.Use); // (2)
        using var response = await pool.SendAsync(message, deadline); // (3) (4)
        _reply = new() { Status = (int)response.StatusCode, Headers = HeadersOf(response) }; // (5)
        if (_reply.Status < 200) return FailedBy(Outcome.ProtocolError, "The far end changed the protocol.");

        var (body, truncated) = await BodyOf(response.Content, request.MaxBody, deadline); // (6)
        return _reply with { Body = body, Truncated = truncated };
    }

    private HttpRequestMessage Message()
    {
        var message = new HttpRequestMessage(request.Method, request.Url)
        {
            Content = new OnceContent(request.Body, request.ContentType, _mark),
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact, // one exchange a connection: what was written and read is known
        };
        foreach (var (name, value) in request.Headers)
        {
            // The framework's grammar of this one knows no signed requests; its own type still refuses a line end.
            if (name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && value.Split(' ', 2) is [var scheme, var rest]) message.Headers.Authorization = new(scheme, rest);
            else message.Headers.Add(name, value);
        }
        message.Headers.UserAgent.Add(Product);
        return message;
    }

    // As they came, unparsed: the typed view throws on some of what is sent in the wild.
    private static List<KeyValuePair<string, string>> HeadersOf(HttpResponseMessage response)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in response.Headers.NonValidated)
            foreach (var value in values) headers.Add(new(name, value));
        foreach (var (name, values) in response.Content.Headers.NonValidated)
            foreach (var value in values) headers.Add(new(name, value));
        return headers;
    }

    private static async Task<(ReadOnlyMemory<byte> Body, bool Truncated)> BodyOf(HttpContent content, int max, CancellationToken deadline)
    {
        var stream = await content.ReadAsStreamAsync(deadline);
        await using var _ = stream;
        var body = new byte[Math.Min(512, max)];
        var length = 0;
        while (await stream.ReadAsync(body.AsMemory(length), deadline) is > 0 and var read)
        {
            length += read;
            if (length == max) return (body, content.Headers.ContentLength != max);
            if (length == body.Length) Array.Resize(ref body, Math.Min(body.Length * 4, max));
        }
        return (body.AsMemory(0, length), false);
    }
}
