using ChatRelay.Jobs;

namespace ChatRelay.Users;

/// <summary>What tenants tell of their users, and whom those block.</summary>
internal static class UsersSlice
{
    public static IServiceCollection AddUsers(this IServiceCollection services) => services
        .AddSingleton(UserTable.Users)
        .AddSingleton(UserTable.Blocks)
        .AddSingleton(UserTable.Preferences)
        .AddSingleton<UserAddresses>()
        .AddSingleton(new ErasureRule("user_preferences", PersonKind.User, "user_id = $2", ErasureRule.WholeRow))
        .AddSingleton(new ErasureRule("user_blocks", PersonKind.User, "user_id = $2", ErasureRule.WholeRow))
        .AddSingleton(new ErasureRule("users", PersonKind.User, "id = $2", "display_name = null, avatar_url = null, email = null, phone = null, locale = null, time_zone = null, metadata = null"))
        .AddSingleton(new ErasureRule("users", PersonKind.Email, "email = $2", "email = null"));

    public static void MapUsers(this IEndpointRouteBuilder v1)
    {
        PutUser.Map(v1);
        ReadUser.Map(v1);
        DeleteUser.Map(v1);
        Preferences.Map(v1);
        Blocks.Map(v1);
    }
}
