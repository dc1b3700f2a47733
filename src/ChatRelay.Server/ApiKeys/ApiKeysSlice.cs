
namespace ChatRelay.ApiKeys;

/// <summary>Who is calling: tenants' keys and operators' keys.</summary>
internal static class ApiKeysSlice
{
    public static IServiceCollection AddApiKeys(this IServiceCollection services) => services
        .AddSingleton(ApiKeyTable.Keys)
        .AddSingleton(ApiKeyTable.Operators)
        .AddSingleton<CallerCache>()
        .AddSingleton<FailedKeys>()
        .AddSingleton<TokenCallers>()
        .AddSingleton<KeyEnvironment>()
        .AddHostedService<LastUsedWriter>();

    public static void MapApiKeys(this IEndpointRouteBuilder v1)
    {
        CreateApiKey.Map(v1);
        ListApiKeys.Map(v1);
        RollApiKey.Map(v1);
        RevokeApiKey.Map(v1);
        OperatorKeyEndpoints.Map(v1);
    }
}
