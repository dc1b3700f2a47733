namespace ChatRelay.Operations;

/// <summary>Health, metrics and the pages for people.</summary>
internal static class OperationsSlice
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services.AddNodeMetrics().AddDeliveryFigures();

    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        Health.Map(app);
        Metrics.Map(app);
        Assets.Map(app);
        Welcome.Map(app);
    }
}
