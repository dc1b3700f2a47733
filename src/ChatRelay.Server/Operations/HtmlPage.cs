using System.Net;
using System.Reflection;
using ChatRelay.Http;

namespace ChatRelay.Operations;

/// <summary>A small page for people: no script, one style sheet of our own.</summary>
internal sealed record HtmlPage(string Title, string Body, int Status = 200) : IResult
{
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "text/html; charset=utf-8";
        PageHeaders.Set(response);
        await response.WriteAsync($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(Title)}</title>
            <link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
            <link rel="stylesheet" href="/assets/site.css">
            </head>
            <body>
            <main>
            {Body}
            </main>
            </body>
            </html>

            """, httpContext.RequestAborted);
    }
}

/// <summary>Files that are part of the program.</summary>
internal static class Assets
{
    public static void Map(IEndpointRouteBuilder app)
    {
        Serve(app, "site.css", "text/css; charset=utf-8");
        Serve(app, "mark.svg", "image/svg+xml");
    }

    private static void Serve(IEndpointRouteBuilder app, string name, string type) => app
        .MapGet($"/assets/{name}", async (HttpContext http) =>
        {
            http.Response.ContentType = type;
            http.Response.Headers.CacheControl = "public, max-age=300";
            await using var asset = Assembly.GetExecutingAssembly().GetManifestResourceStream($"assets/{name}")!;
            await asset.CopyToAsync(http.Response.Body, http.RequestAborted);
        }).Open().ExcludeFromDescription();
}
