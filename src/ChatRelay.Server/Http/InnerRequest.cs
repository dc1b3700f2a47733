using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.Http.Idempotency;

namespace ChatRelay.Http;

/// <summary>A call of one of the API's own endpoints from inside this process: past authentication and rate limits, with everything else.</summary>
internal sealed record InnerRequest(string Operation)
{
    /// <summary>Parts of the path.</summary>
    public IReadOnlyDictionary<string, string> Path { get; init; } = new Dictionary<string, string>();
    public string? Query { get; init; }
    public JsonObject? Body { get; init; }

    /// <summary>Its Idempotency-Key.</summary>
    public string? Once { get; init; }

    /// <summary>Whoever asks is set on it before it is sent.</summary>
    public DefaultHttpContext For(RouteEndpoint endpoint, IServiceProvider services, Stream answer, string trace, CancellationToken ct)
    {
        var inner = new DefaultHttpContext { RequestServices = services, RequestAborted = ct, TraceIdentifier = trace };
        inner.SetEndpoint(endpoint);
        inner.Request.Method = endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods[0];
        inner.Request.Path = Path.Aggregate(endpoint.RoutePattern.RawText!, (path, part) => path.Replace($"{{{part.Key}}}", Uri.EscapeDataString(part.Value), StringComparison.Ordinal));
        foreach (var (name, value) in Path) inner.Request.RouteValues[name] = value;
        if (Query is not null) inner.Request.QueryString = new(Query);
        if (Once is not null && endpoint.Metadata.GetMetadata<KeepsAnswer>() is not null) inner.Request.Headers["Idempotency-Key"] = Once;
        if (endpoint.Metadata.GetMetadata<BodyLimit>() is not null)
        {
            inner.Request.ContentType = "application/json";
            inner.Request.Body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(Body ?? []));
        }
        inner.Response.Body = answer;
        return inner;
    }
}
