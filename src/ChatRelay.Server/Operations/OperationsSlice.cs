using ChatRelay.Http.Pipeline;
using ChatRelay.Operations.Otlp;

namespace ChatRelay.Operations;

/// <summary>Health, metrics and the pages for people.</summary>
internal static class OperationsSlice
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services.AddNodeFigures().AddDeliveryFigures().AddSingleton<PauseReads>().AddSingleton<PauseSending.Parts>().AddSingleton<OtlpExport>();

    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        var strict = app.MapGroup("").AddEndpointFilter<RefusesFirst>();
        Health.Map(strict);
        Metrics.Map(strict);
        Assets.Map(app);
        Welcome.Map(app);
        WebChatSample.Map(app);
    }

    /// <summary>What operators set for the whole relay.</summary>
    public static void MapPause(this IEndpointRouteBuilder v1)
    {
        PauseRelay.Map(v1);
        PauseSending.Map(v1);
    }
}
