using ChatRelay.Protocol;

namespace ChatRelay.Http.Pipeline;

/// <summary>After routing: what no endpoint takes is answered here, before anybody asks who is calling.</summary>
internal sealed class KnownRoutes(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is not { } endpoint)
        {
            await new Problem(ProblemCode.NotFound, "There is no such route.").ExecuteAsync(http);
        }
        else if (endpoint.Metadata.GetMetadata<Access>() is not null)
        {
            await next(http);
        }
        else
        {
            // Routing's own stand-in for a known path with another method: it knows the Allow header. Any other endpoint forgot to say who may call it.
            await endpoint.RequestDelegate!(http);
            http.Response.StatusCode = 200;
            await (http.Response.Headers.Allow.Count > 0
                ? new Problem(ProblemCode.MethodNotAllowed, $"This path takes {http.Response.Headers.Allow}.")
                : new Problem(ProblemCode.NotFound, "There is no such route.")).ExecuteAsync(http);
        }
    }
}
