using System.Net;

namespace ChatRelay.Http;

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
