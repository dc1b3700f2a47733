using ChatRelay.ApiKeys;
using ChatRelay.Http;
using ChatRelay.Storage;

namespace ChatRelay.Console;

/// <summary>GET and POST /ops/sign-in: an operator's key for a session of twelve hours.</summary>
internal static partial class SignIn
{
    public const string Path = $"{ConsoleDoor.Path}/sign-in";
    public const string KeyField = "key";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, () => Again(200, null)).InConsole(null);
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
        if (caller.Role < OperatorRole.Viewer) return Again(403, "A key with the role metrics reads metrics only: it may not enter.");

        // 2. A new session each time: one that somebody planted in this browser is worth nothing.
        if (await sessions.BeginAsync(caller, ct) is not { } session) return Again(503, "The database did not take the session. Try again.");
        callers.NoteUse(key);
        http.Features.Set(caller);
        cookie.Give(http, session);
        LogSignedIn(log, caller.Actor);
        return TypedResults.Redirect(ConsoleDoor.Path);

        // Counted by address, as in the API; the limit changes only how a wrong key is refused.
        IResult Failed(string why)
        {
            var address = ClientAddress.Of(http, options.TrustedProxies);
            LogRefused(log, address.ToString());
            if (failed.Count(ClientAddress.LimitKey(address)) is not { } wait) return Again(401, why);
            http.Response.Headers.RetryAfter = $"{Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds))}";
            return Again(429, "Too many wrong keys from this address. Wait a little.");
        }
    }

    private static IResult Again(int status, string? message) => ConsoleAnswer.Page<SignInPage>(status, new { Message = message });

    [LoggerMessage(7001, LogLevel.Information, "console.signed_in {Actor}")]
    private static partial void LogSignedIn(ILogger log, string actor);

    [LoggerMessage(7002, LogLevel.Warning, "console.refused {Address}")]
    private static partial void LogRefused(ILogger log, string address);
}
