using ChatRelay.Jobs;

namespace ChatRelay.Suppressions;

/// <summary>Addresses that get no mail.</summary>
internal static class SuppressionsSlice
{
    public static IServiceCollection AddSuppressions(this IServiceCollection services) => services
        .AddSingleton<SuppressionReads>()
        .AddSingleton<SuppressionUpkeep>()
        .AddSingleton<UnsubscribeTokens>()
        .AddSingleton(s => new UpkeepTask("suppressions.sweep", TimeSpan.FromMinutes(10), s.GetRequiredService<SuppressionUpkeep>().ForgetEndedAsync))
        .AddSingleton(s => new UpkeepTask("recipients.sweep", TimeSpan.FromMinutes(10), s.GetRequiredService<SuppressionUpkeep>().ForgetCountsAsync))
        .AddSingleton<RecipientLimits>()
        .AddSingleton(new ErasureRule("suppressions", PersonKind.Email, "mark = sha256(uuid_send($1) || convert_to($2, 'UTF8'))", "email = null")); // its hash holds on: or the next mail would go to who had left

    public static void MapSuppressions(this IEndpointRouteBuilder v1) => SuppressionEndpoints.Map(v1);

    /// <summary>For who gets the mail: outside /v1.</summary>
    public static void MapUnsubscribe(this IEndpointRouteBuilder app) => Unsubscribe.Map(app);
}
