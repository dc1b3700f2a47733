namespace ChatRelay.Providers;

/// <summary>A tenant's accounts at mail providers.</summary>
internal static class ProvidersSlice
{
    public static IServiceCollection AddProviders(this IServiceCollection services) => services
        .AddSingleton(ProviderTable.Map)
        .AddSingleton(ProviderTable.Tokens)
        .AddSingleton<ProviderAccounts>()
        .AddSingleton<ProviderStates>();

    public static void MapProviders(this IEndpointRouteBuilder v1)
    {
        CreateProvider.Map(v1);
        ListProviders.Map(v1);
        ReadProvider.Map(v1);
        ChangeProvider.Map(v1);
        DeleteProvider.Map(v1);
        OpenInbound.Map(v1);
    }
}
