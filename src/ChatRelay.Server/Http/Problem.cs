using System.Text.Encodings.Web;
using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>A refusal as a value: always application/problem+json, always with the request's id, never with what it was given.</summary>
internal sealed record Problem(ProblemCode Code, string Detail) : IResult
{
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>Codes whose table row says retryable carry it; one second if nobody knows better.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public (string Name, string Value)? Header { get; init; }

    public static Problem NotFound { get; } = new(ProblemCode.NotFound, "There is nothing here for this caller.");
    public static Problem Unavailable { get; } = new(ProblemCode.Unavailable, "The database is out of reach; nothing was acknowledged.") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static Problem Validation(IReadOnlyList<Fault> faults) =>
        new(ProblemCode.ValidationFailed, faults.Count == 1 ? "One thing is wrong." : $"{faults.Count} things are wrong.") { Faults = faults };

    public static Problem Validation(string pointer, string code, string detail) => Validation([new Fault(pointer, code, detail)]);
    public static Problem Conflict(string detail) => new(ProblemCode.Conflict, detail);
    public static Problem Parameter(string detail) => new(ProblemCode.InvalidParameter, detail);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (response.HasStarted) return; // too late to say it: the connection ends instead
        response.StatusCode = Code.Status;
        response.ContentType = "application/problem+json";
        if (Header is { } header) response.Headers[header.Name] = header.Value;
        if (Code.Status is 429 or 503 || Code == ProblemCode.IdempotencyInProgress)
            response.Headers.RetryAfter = $"{Math.Max(1, (long)Math.Ceiling((RetryAfter ?? TimeSpan.Zero).TotalSeconds))}";
        var body = Render(RequestIds.Of(httpContext));
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method)) await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }

    private byte[] Render(string requestId)
    {
        using var buffer = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type", $"/docs/problems/{Code.Code}");
            json.WriteString("title", Code.Title);
            json.WriteNumber("status", Code.Status);
            json.WriteString("detail", Detail);
            json.WriteString("code", Code.Code);
            json.WriteString("request_id", requestId);
            json.WriteBoolean("retryable", Code.Retryable);
            if (Code.Status == 422)
            {
                json.WriteStartArray("errors");
                foreach (var fault in Faults)
                {
                    json.WriteStartObject();
                    json.WriteString("pointer", fault.Pointer);
                    json.WriteString("code", fault.Code);
                    json.WriteString("detail", fault.Detail);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
