using ChatRelay.Http;

namespace ChatRelay.Console;

/// <summary>GET /ops: nodes, queue, database and upkeep on one page. /hangfire leads there.</summary>
internal static class Now
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(ConsoleDoor.Path, () => ConsoleAnswer.Page<NowPage>()).InConsole(OperatorRole.Viewer);
        app.MapGet("/hangfire/{**rest}", () => TypedResults.Redirect(ConsoleDoor.Path)).Open().ExcludeFromDescription();
    }
}
