namespace ChatRelay.Inbound;

/// <summary>What providers tell us.</summary>
internal static class InboundSlice
{
    public static IServiceCollection AddInbound(this IServiceCollection services) => services
        .AddSingleton<InboundAccounts>()
        .AddSingleton<SnsCertificates>()
        .AddSingleton<SnsMessages>();

    public static void MapInbound(this IEndpointRouteBuilder v1) => ReceiveEvents.Map(v1);
}
