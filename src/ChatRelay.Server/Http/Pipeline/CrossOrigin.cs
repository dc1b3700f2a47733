namespace ChatRelay.Http.Pipeline;

/// <summary>
/// Any page may call what takes a user's token, without credentials of the browser's: `*`. Nothing else answers another origin. A preflight carries no
/// key; it is routed as the request that it asks for, so that the answer depends on exactly that route.
/// </summary>
internal static class CrossOrigin
{
    private static readonly object Asked = new();

    /// <summary>Before routing: a preflight takes the method that it asks for.</summary>
    public static IApplicationBuilder UsePreflights(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var request = http.Request;
        if (HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count == 1 && request.Headers.AccessControlRequestMethod is [{ Length: > 0 } method])
        {
            http.Items[Asked] = true;
            request.Method = method;
        }
        return next(http);
    });

    /// <summary>After routing.</summary>
    public static IApplicationBuilder UseCrossOrigin(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var headers = http.Response.Headers;
        var open = http.GetEndpoint()?.Metadata.GetMetadata<Access>() is Access.Tenant { OrUser: true } or Access.TokenInBody;
        if (open && http.Request.Headers.Origin.Count > 0)
        {
            headers.AccessControlAllowOrigin = "*";
            headers.AccessControlExposeHeaders = "Request-Id, RateLimit, RateLimit-Policy, Retry-After, Location, Idempotent-Replayed";
        }
        if (!http.Items.ContainsKey(Asked)) return next(http);

        var method = http.Request.Method;
        http.Request.Method = HttpMethods.Options; // as it came, for the log
        if (!open) return RefuseAsync(http, method, next);
        headers.AccessControlAllowMethods = method;
        headers.AccessControlAllowHeaders = "Authorization, Content-Type, Idempotency-Key";
        headers.AccessControlMaxAge = "7200";
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    });

    /// <summary>As any OPTIONS is refused: a path that nobody has is 404, any other 405.</summary>
    private static Task RefuseAsync(HttpContext http, string method, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<Access>() is null) return next(http);
        http.Response.Headers.Allow = method;
        return new Problem(Protocol.ProblemCode.MethodNotAllowed, $"This path takes {method}.").ExecuteAsync(http);
    }
}
