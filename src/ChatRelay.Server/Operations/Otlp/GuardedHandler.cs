using System.Net;
using ChatRelay.Outbound;

namespace ChatRelay.Operations.Otlp;

/// <summary>
/// The exporter's calls through the one guarded client, like every other. The collector may stand at any address, on its own port only: an operator named it.
/// The list that says so is used by nobody else, and connections are shared only under equal lists, so it opens nothing to a tenant.
/// </summary>
internal sealed class GuardedHandler(OutboundHttp http, int port, TimeSpan timeout) : HttpMessageHandler
{
    private readonly OutboundAllow named = new([AllowRule.Parse($"0.0.0.0/0:{port}", null), AllowRule.Parse($"::/0:{port}", null)]);

    // The exporter has a thread of its own, which does nothing else.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var reply = await http.SendAsync(new OutboundRequest
        {
            Url = request.RequestUri!,
            Use = OutboundUse.Http,
            Allow = named,
            Timeout = timeout,
            ContentType = request.Content?.Headers.ContentType?.ToString(),
            Body = request.Content is null ? default : await request.Content.ReadAsByteArrayAsync(cancellationToken),
            Headers = [.. request.Headers.Select(h => KeyValuePair.Create(h.Key, string.Join(", ", h.Value)))],
        }, cancellationToken).ConfigureAwait(false);
        return reply.Failure is { } failure
            ? throw new HttpRequestException(failure.Detail)
            : new HttpResponseMessage((HttpStatusCode)reply.Status) { RequestMessage = request, Content = new ReadOnlyMemoryContent(reply.Body) };
    }
}
