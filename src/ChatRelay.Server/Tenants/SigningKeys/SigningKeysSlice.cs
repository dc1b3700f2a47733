namespace ChatRelay.Tenants.SigningKeys;

/// <summary>The door to the signing keys.</summary>
internal static class SigningKeysSlice
{
    public static IServiceCollection AddSigningKeys(this IServiceCollection services) => services.AddSingleton(SigningKeyTable.Map);

    public static void MapSigningKeys(this IEndpointRouteBuilder v1)
    {
        CreateSigningKey.Map(v1);
        ListSigningKeys.Map(v1);
        DeleteSigningKey.Map(v1);
    }
}
