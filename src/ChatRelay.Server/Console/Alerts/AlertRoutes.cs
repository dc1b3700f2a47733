using ChatRelay.Http;

namespace ChatRelay.Console;

/// <summary>GET /ops/alerts: what fires, the rules, who is told, and what was.</summary>
internal static class AlertRoutes
{
    public const string Path = $"{ConsoleDoor.Path}/alerts";

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Path, () => ConsoleAnswer.Page<AlertsPage>()).InConsole(OperatorRole.Viewer);
}
