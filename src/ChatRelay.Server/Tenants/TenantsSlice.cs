using ChatRelay.Jobs;

namespace ChatRelay.Tenants;

/// <summary>Tenants, as operators make them and as they see themselves.</summary>
internal static class TenantsSlice
{
    public static IServiceCollection AddTenants(this IServiceCollection services) => services
        .AddSingleton(TenantTable.Map)
        .AddSingleton<TenantCache>()
        .AddSingleton<TenantDeletion>()
        .AddSingleton(s => s.GetRequiredService<TenantDeletion>().Kind)
        .AddHostedService<UsageWriter>();

    public static void MapTenants(this IEndpointRouteBuilder v1)
    {
        CreateTenant.Map(v1);
        ListTenants.Map(v1);
        ReadTenant.Map(v1);
        ChangeTenant.Map(v1);
        DeleteTenant.Map(v1);
        OwnTenant.Map(v1);
        Usage.Map(v1);
    }
}
