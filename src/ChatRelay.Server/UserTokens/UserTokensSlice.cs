using ChatRelay.Jobs;
using ChatRelay.Storage;

namespace ChatRelay.UserTokens;

/// <summary>Tokens of end users: minted, checked, revoked.</summary>
internal static class UserTokensSlice
{
    public static IServiceCollection AddUserTokens(this IServiceCollection services) => services
        .AddSingleton<TokenKeys>()
        .AddSingleton<Revocations>()
        .AddSingleton<TokenVerifier>()
        .AddHostedService<RevocationFollower>()
        .AddSingleton(s => new UpkeepTask("token_revocations", TimeSpan.FromHours(1), ct => SweepAsync(s.GetRequiredService<Databases>(), ct)));

    public static void MapUserTokens(this IEndpointRouteBuilder v1)
    {
        MintToken.Map(v1);
        RevokeTokens.Map(v1);
    }

    private static async Task<long> SweepAsync(Databases databases, CancellationToken ct)
    {
        await using var sweep = databases.Engine.CreateCommand("""
            delete from token_revocations where ctid = any(array(select ctid from token_revocations where before < relay.now() - interval '25 hours' limit 10000))
            """);
        return await sweep.ExecuteNonQueryAsync(ct);
    }
}
