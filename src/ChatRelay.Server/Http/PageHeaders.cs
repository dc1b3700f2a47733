namespace ChatRelay.Http;

/// <summary>For every page of ours: no script, nothing from elsewhere, in nobody's frame, kept by no cache.</summary>
internal static class PageHeaders
{
    public static void Set(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        response.Headers.CacheControl = "no-cache, no-store";
    }
}
