using ChatRelay.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.Console;

/// <summary>POST /ops/sign-out: the session ends everywhere, not only in this browser.</summary>
internal static class SignOut
{
    public const string Path = $"{ConsoleDoor.Path}/sign-out";

    public static void Map(IEndpointRouteBuilder app) => app.MapPost(Path, Handle).InConsole(OperatorRole.Viewer);

    private static async Task<IResult> Handle(HttpContext http, Sessions sessions, CancellationToken ct)
    {
        if (!await sessions.EndAsync(http.Features.GetRequiredFeature<SignedIn>(), ct))
            return ConsoleAnswer.Refuse(503, "Still signed in", "The database did not take it. Try again.");
        SessionCookie.Take(http);
        return TypedResults.Redirect(SignIn.Path);
    }
}
