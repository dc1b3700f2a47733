using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Rooms;

/// <summary>GET /v1/rooms and GET /v1/rooms/{room}.</summary>
internal static class ReadRoom
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/rooms", ListAsync).WithName("rooms.list").WithSummary("List rooms")
            .RequireScope(Scope.RoomsRead).Takes(Pages.Parameters)
            .Answers<Page<RoomView>>(200, $$"""{"data":[{{RoomView.Example}}],"has_more":false,"next_cursor":null}""");
        v1.MapGet("/rooms/{room}", OneAsync).WithName("rooms.get").WithSummary("Read a room")
            .RequireScopeOrUser(Scope.RoomsRead).Answers<RoomView>(200, RoomView.Example).Refuses(ProblemCode.NotFound);
    }

    private static async Task<IResult> ListAsync(Caller caller, Query query, Pages pages, RelayDbs dbs, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, caller.Wall, "rooms");
        if (problem is not null) return problem;

        await using var db = dbs.ForTenant(caller.Wall);
        var rooms = await db.RoomsOf(caller.Wall).PageOf(page, r => r.Id).ToListAsync(ct);
        return Answer.Ok(pages.Of(page, rooms, r => r.Id.Value, RoomView.Of));
    }

    private static async Task<IResult> OneAsync(PathRoom room, Caller caller, RoomLookup lookup, RelayDbs dbs, CancellationToken ct)
    {
        if (caller.User is not null && await lookup.FindAsync(caller, room, ct) is null) return Problem.NotFound;
        await using var db = dbs.ForTenant(caller.Wall);
        return await db.RoomOf(caller.Wall, room).SingleOrDefaultAsync(ct) is { } found ? Answer.Ok(RoomView.For(caller, found)) : Problem.NotFound;
    }
}
