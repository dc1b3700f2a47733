using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Http;

/// <summary>A success, rendered before the commit that holds what it promises, so that it can be stored in that commit.</summary>
internal sealed record Answer(int Status, byte[] Body, string? Location = null) : IResult
{
    /// <summary>The body shows a secret: a stored copy is sealed.</summary>
    public bool ShowsSecret { get; init; }

    public bool Replayed { get; init; }

    public static Answer Ok<T>(T view) => new(200, Render(view));
    public static Answer Created<T>(string location, T view) => new(201, Render(view), location);
    public static Answer Accepted<T>(string location, T view) => new(202, Render(view), location);
    public static Answer NoContent { get; } = new(204, []);

    public static Answer From(StoredAnswer stored, byte[] body) => new(stored.Status, body, stored.Location) { Replayed = true };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (Location is not null) response.Headers.Location = Location;
        if (Replayed) response.Headers["Idempotent-Replayed"] = "true";
        if (Status == 204) return;
        response.ContentType = "application/json";
        response.ContentLength = Body.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method)) await response.BodyWriter.WriteAsync(Body, httpContext.RequestAborted);
    }

    private static byte[] Render<T>(T view) => JsonSerializer.SerializeToUtf8Bytes(view, RelayJson.Options);
}
