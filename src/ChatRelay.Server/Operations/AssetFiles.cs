using System.Reflection;
using ChatRelay.Http;

namespace ChatRelay.Operations;

/// <summary>Files that are part of the program.</summary>
internal static class Assets
{
    public static void Map(IEndpointRouteBuilder app)
    {
        Serve(app, "site.css", "text/css; charset=utf-8");
        Serve(app, "mark.svg", "image/svg+xml");
    }

    public static void Serve(IEndpointRouteBuilder app, string name, string type) => app
        .MapGet($"/assets/{name}", async (HttpContext http) =>
        {
            http.Response.ContentType = type;
            http.Response.Headers.CacheControl = "public, max-age=300";
            await using var asset = Assembly.GetExecutingAssembly().GetManifestResourceStream($"assets/{name}")!;
            await asset.CopyToAsync(http.Response.Body, http.RequestAborted);
        }).Open().ExcludeFromDescription();
}
