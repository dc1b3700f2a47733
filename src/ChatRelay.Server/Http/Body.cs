using System.Buffers;
using System.Text.Json;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>Something bound from the request that may already refuse it; the filter of every route asks.</summary>
internal interface IMayRefuse
{
    Problem? Refused { get; }
}

/// <summary>
/// A request's body on its way to a value: size and media type (413, 415), then syntax and the idempotency key (400), and only when the
/// handler reads it the form and the rules (422), since a stored answer of the same key comes before those.
/// </summary>
internal sealed class Body<T> : IMayRefuse where T : notnull
{
    private readonly JsonSyntax? syntax;
    private readonly Faults faults = new();

    private Body(JsonSyntax? syntax, Problem? refused) => (this.syntax, Refused) = (syntax, refused);

    public Problem? Refused { get; }

    public JsonElement Json => syntax!.Document!.RootElement;

    /// <summary>A member that is asked for before the form is: who is calling, where that stands in the body.</summary>
    public string? TextOf(string member) => Json is { ValueKind: JsonValueKind.Object } whole && whole.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    /// <summary>Every fault at once.</summary>
    public Problem Problem => Problem.Validation(faults);

    /// <summary>As it came: for who stores the request to read it again later.</summary>
    public string Text => Json.GetRawText();

    public bool TryRead(out T request) => TryRead(null, out request);

    /// <summary>The rules are asked only when the form is right.</summary>
    public bool TryRead(Action<T, Faults>? rules, out T request)
    {
        if (!Shape.Of<T>().TryRead(Json, faults, out request)) return false;
        rules?.Invoke(request, faults);
        return !faults.Any;
    }

    public static async ValueTask<Body<T>> BindAsync(HttpContext http)
    {
        if (http.GetEndpoint()!.Metadata.GetMetadata<BeforeBody>() is { } gate && await gate.AskAsync(http) is { } full) return new(null, full);
        var limit = http.GetEndpoint()!.Metadata.GetRequiredMetadata<BodyLimit>().MaxBytes;
        if (BodyRefusals.OfHead(http.Request, limit) is { } refusal) return new(null, refusal);

        var (bytes, unreadable) = await BodyRefusals.ReadAsync(http, limit);
        if (unreadable is not null) return new(null, unreadable);

        var syntax = JsonSyntax.Read(bytes);
        http.Response.RegisterForDispose(syntax);
        if (syntax.Fault is { } fault) return new(null, new Problem(ProblemCode.InvalidJson, fault.Detail));

        if (http.GetEndpoint()!.Metadata.GetMetadata<KeepsAnswer>() is not null)
        {
            var (claim, problem) = IdempotencyKey.Read(http, bytes.Span);
            if (problem is not null) return new(null, problem);
            http.Features.Set(new Keyed(claim));
        }
        return new(syntax, null);
    }
}

/// <summary>Reading a body without trusting a word of its headers.</summary>
internal static class BodyRefusals
{
    public static Problem? OfHead(HttpRequest request, int limit)
    {
        if (request.ContentLength > limit) return TooLarge(limit);
        if (request.ContentType is not { Length: > 0 } type) return new Problem(ProblemCode.UnsupportedMediaType, "Send Content-Type: application/json.");
        if (request.Headers.ContentEncoding.Count > 0) return new Problem(ProblemCode.UnsupportedMediaType, "Bodies are not compressed.");

        var parts = type.Split(';', StringSplitOptions.TrimEntries);
        if (!parts[0].Equals("application/json", StringComparison.OrdinalIgnoreCase)) return new Problem(ProblemCode.UnsupportedMediaType, "Send Content-Type: application/json.");
        foreach (var parameter in parts.AsSpan(1))
        {
            if (parameter.StartsWith("charset=", StringComparison.OrdinalIgnoreCase) && !parameter.AsSpan(8).Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
                return new Problem(ProblemCode.InvalidJson, "Bodies are in UTF-8.");
        }
        return null;
    }

    /// <summary>
    /// Stops at the first byte over the limit: a chunked body tells its size only by coming. What came is taken out at once: the server cannot end
    /// a connection in order whose reader has looked at bytes and left them where they are.
    /// </summary>
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, Problem? Refused)> ReadAsync(HttpContext http, int limit)
    {
        var reader = http.Request.BodyReader;
        ArrayBufferWriter<byte>? parts = null;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(http.RequestAborted);
                var length = (parts?.WrittenCount ?? 0) + read.Buffer.Length;
                if (length > limit)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    http.Response.Headers.Connection = "close"; // the rest is not worth reading
                    return (default, TooLarge(limit));
                }
                if (parts is null && read.IsCompleted) // whole at once, as nearly all are
                {
                    var bytes = read.Buffer.ToArray();
                    reader.AdvanceTo(read.Buffer.End);
                    return (bytes, null);
                }
                parts ??= new((int)Math.Min(Math.Max(2 * length, 4096), limit)); // by what came, not by what was announced
                foreach (var part in read.Buffer) parts.Write(part.Span);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return (parts.WrittenMemory, null);
            }
        }
        catch (IOException e) // malformed chunks as well as a body that stops: never the database's fault
        {
            http.Response.Headers.Connection = "close";
            return (default, e is BadHttpRequestException { StatusCode: 413 } ? TooLarge(limit) : new Problem(ProblemCode.InvalidJson, "The body ended before its end, or came too slowly."));
        }
    }

    private static Problem TooLarge(int limit) => new(ProblemCode.PayloadTooLarge, $"The body is at most {limit} bytes.");
}
