using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Users;

/// <summary>GET /v1/users/{user}.</summary>
internal static class ReadUser
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapGet("/users/{user}", Handle).WithName("users.get").WithSummary("Read what is known of a user")
        .RequireScope(Scope.UsersWrite).Answers<UserView>(200, UserView.Example).Refuses(ProblemCode.NotFound);

    private static async Task<IResult> Handle(PathUser user, Caller caller, RelayDbs dbs, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        return await db.UsersOf(caller.Wall).SingleOrDefaultAsync(u => u.Id == user.Id, ct) is { } found ? Answer.Ok(UserView.Of(found)) : Problem.NotFound;
    }
}
