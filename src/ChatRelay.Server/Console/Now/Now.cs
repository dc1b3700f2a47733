using ChatRelay.Http;

namespace ChatRelay.Console;

/// <summary>GET /ops: rates, queue, nodes and database on one page.</summary>
internal static class Now
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(ConsoleDoor.Path, () => ConsoleAnswer.Page<NowPage>()).InConsole(OperatorRole.Viewer);
}
