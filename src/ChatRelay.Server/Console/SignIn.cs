using ChatRelay.ApiKeys;
using ChatRelay.Http;
using ChatRelay.Storage;

namespace ChatRelay.Console;

/// <summary>GET and POST /ops/sign-in: an operator's key for a session of twelve hours.</summary>
internal static partial class SignIn
{
    public const string Path = $"{ConsoleDoor.Path}/sign-in";
    public const string KeyField = "key", NextField = "next";

    /// <summary>The page that was asked for comes after it; inside the console only.</summary>
    public static string PathFor(HttpRequest asked) =>
        HttpMethods.IsGet(asked.Method) && ReturnPath.Of($"{asked.Path}{asked.QueryString}") is var next && next != ConsoleDoor.Path ? $"{Path}?next={Uri.EscapeDataString(next)}" : Path;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, (string? next) => Again(200, null, next)).InConsole(null);
        app.MapPost(Path, Handle).InConsole(null);
    }

    private static async Task<IResult> Handle(
        HttpContext http, Sessions sessions, SessionCookie cookie, CallerCache callers, FailedKeys failed, HttpOptions options, RelayClock clock, ILogger<Sessions> log, CancellationToken ct)
    {
        // 1. The same questions as for a key in a header, in the same order.
        var form = await http.Request.ReadFormAsync(ct);
        if (!ApiKeyText.TryParse(form[KeyField].ToString().Trim(), out var given) || given.Kind != ApiKeyKind.Operator) return Failed("This is not an operator's key.");
        if (await callers.FindAsync(given, ct) is not { Operator: { } caller } key || !given.Matches(key.Hash)) return Failed("This is not an operator's key.");
        if (key.RevokedAt is not null) return Failed("This key was revoked.");
        if (key.ExpiresAt <= clock.GetUtcNow()) return Failed("This key has expired.");
        var next = form[NextField].ToString();
        if (caller.Role < OperatorRole.Viewer) return Again(403, "A key with the role metrics reads metrics only: it may not enter.", next);

        // 2. A new session each time: one that somebody planted in this browser is worth nothing.
        if (await sessions.BeginAsync(caller, ct) is not { } session) return Again(503, "The database did not take the session. Try again.", next);
        callers.NoteUse(key);
        http.Features.Set(caller);
        cookie.Give(http, session);
        LogSignedIn(log, caller.Actor);
        return TypedResults.Redirect(ReturnPath.Of(next));

        // Counted by address, as in the API; the limit changes only how a wrong key is refused.
        IResult Failed(string why)
        {
            var address = ClientAddress.Of(http, options.TrustedProxies);
            LogRefused(log, address.ToString());
            if (failed.Count(ClientAddress.LimitKey(address)) is not { } wait) return Again(401, why, form[NextField]);
            http.Response.Headers.RetryAfter = $"{Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds))}";
            return Again(429, "Too many wrong keys from this address. Wait a little.", form[NextField]);
        }
    }

    private static IResult Again(int status, string? message, string? next) => ConsoleAnswer.Page<SignInPage>(status, new { Message = message, Next = ReturnPath.Of(next) });

    [LoggerMessage(7001, LogLevel.Information, "console.signed_in {Actor}")]
    private static partial void LogSignedIn(ILogger log, string actor);

    [LoggerMessage(7002, LogLevel.Warning, "console.refused {Address}")]
    private static partial void LogRefused(ILogger log, string address);
}
