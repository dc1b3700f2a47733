using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Console;

/// <summary>GET /ops/deliveries, one of them, and work on many: what it would mean first.</summary>
internal static class DeliveryRoutes
{
    public const string Path = $"{ConsoleDoor.Path}/deliveries";
    public const string Many = $"{Path}/many";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, () => ConsoleAnswer.Page<DeliveriesPage>()).InConsole(OperatorRole.Viewer);
        app.MapGet(Many, () => ConsoleAnswer.Page<ManyPage>()).InConsole(OperatorRole.Operator);
        app.MapGet($"{Path}/{{wall}}/{{id}}", ShowAsync).InConsole(OperatorRole.Viewer);
    }

    public static string PathOf(Guid wall, Guid id) => $"{Path}/{new TenantId(wall)}/{new DeliveryId(id)}";

    private static async Task<IResult> ShowAsync(PathId<TenantId> wall, PathId<DeliveryId> id, HttpContext http, DeliveryPages pages, CancellationToken ct)
    {
        if (await pages.StoryAsync(http, wall.Id.Value, id.Id.Value, ct) is not { } story) return ConsoleAnswer.Missing;
        http.Features.Set(story);
        return ConsoleAnswer.Page<DeliveryPage>();
    }
}
