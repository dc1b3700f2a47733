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
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        await response.WriteAsync($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(Title)}</title>
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
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/assets/site.css", async (HttpContext http) =>
        {
            http.Response.ContentType = "text/css; charset=utf-8";
            http.Response.Headers.CacheControl = "public, max-age=300";
            await using var css = Assembly.GetExecutingAssembly().GetManifestResourceStream("assets/site.css")!;
            await css.CopyToAsync(http.Response.Body, http.RequestAborted);
        }).Open().ExcludeFromDescription();
}
