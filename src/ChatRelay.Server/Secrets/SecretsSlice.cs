namespace ChatRelay.Secrets;

/// <summary>Sealing for the slices that keep secrets.</summary>
internal static class SecretsSlice
{
    public static IServiceCollection AddSecrets(this IServiceCollection services) => services
        .AddSingleton<TenantDataKeys>()
        .AddSingleton<Sealer>();
}
