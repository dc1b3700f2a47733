using System.Security.Claims;
using ChatRelay.Http;
using ChatRelay.Storage;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.Console;

/// <summary>A route of the console, and the role it takes; null before anybody has signed in.</summary>
internal sealed record InConsole(OperatorRole? Role);

/// <summary>
/// Stands before every route of the console: (1) headers, (2) who is signed in, (3) whether a form came from our own page.
/// What it refuses, and a database that went away, are pages that a person can read.
/// </summary>
internal sealed class ConsoleDoor(RequestDelegate next, Sessions sessions, SessionCookie cookie, IAntiforgery antiforgery, HttpOptions options)
{
    public const string Path = "/ops";
    public const string Policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    private const int MaxForm = 16 * 1024;

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<InConsole>() is not { } route)
        {
            await next(http);
            return;
        }
        try
        {
            if (await RefusalAsync(http, route) is { } refusal) await refusal.ExecuteAsync(http);
            else await next(http);
        }
        catch (Exception e) when (!http.Response.HasStarted && LostConnection.IsBehind(e))
        {
            http.Response.Headers.Remove("blazor-enhanced-nav"); // a page that broke off half-way has set it, and a second page would fail on it
            await ConsoleAnswer.Refuse(503, "The database is out of reach", "The node runs, but PostgreSQL does not answer. Load this page again in a moment.").ExecuteAsync(http);
        }
    }

    private async Task<IResult?> RefusalAsync(HttpContext http, InConsole route)
    {
        // 1.
        PageHeaders.Set(http.Response);
        http.Response.Headers.ContentSecurityPolicy = Policy;
        if (ClientAddress.CameByHttps(http, options.TrustedProxies)) http.Request.Scheme = "https"; // cookies become Secure

        // 2.
        if (route.Role is { } role)
        {
            if (cookie.Read(http.Request) is not { } id || await sessions.FindAsync(id, http.RequestAborted) is not { } who)
            {
                if (http.Request.Cookies.ContainsKey(SessionCookie.Name)) SessionCookie.Take(http);
                return TypedResults.Redirect(SignIn.PathFor(http.Request));
            }
            http.Features.Set(who);
            http.Features.Set(who.Operator);
            // A form's token is bound to the session by this name.
            http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, who.Session.ToString("n"))], "console"));
            if (who.Operator.Role < role)
                return ConsoleAnswer.Refuse(403, "Not with this key", $"This takes an operator's key with the role {role.ToString().ToLowerInvariant()}.");
        }

        // 3.
        return HttpMethods.IsGet(http.Request.Method) ? null : await FormRefusalAsync(http);
    }

    private async Task<IResult?> FormRefusalAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType) return ConsoleAnswer.Refuse(415, "Not a form", "This address takes a form of the console.");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaxForm;
        try
        {
            await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (Exception e) when (e is BadHttpRequestException or InvalidDataException)
        {
            var status = (e as BadHttpRequestException)?.StatusCode ?? 400;
            return ConsoleAnswer.Refuse(status, "Not a form", "The form could not be read.");
        }
        return await antiforgery.IsRequestValidAsync(http)
            ? null
            : ConsoleAnswer.Refuse(400, "This form has run out", "It was made for another session, or it does not come from this console. Nothing was done.");
    }
}

/// <summary>Says that a route is the console's.</summary>
internal static class ConsoleWords
{
    /// <summary>Open to the API's own check of keys: the door looks for a session instead.</summary>
    public static RouteHandlerBuilder InConsole(this RouteHandlerBuilder route, OperatorRole? role) =>
        route.WithMetadata(new InConsole(role)).Open().ExcludeFromDescription();
}
