namespace ChatRelay.Outbound;

/// <summary>The guarded way out, for HTTP and for SMTP.</summary>
internal static class OutboundSlice
{
    public static IServiceCollection AddOutbound(this IServiceCollection services) => services
        .AddSingleton<NameLookup>()
        .AddSingleton<ResolveName>(provider => provider.GetRequiredService<NameLookup>().ResolveAsync)
        .AddSingleton<OutboundPolicy>()
        .AddSingleton<OutboundDialer>()
        .AddSingleton(provider => new OutboundConnections(provider.GetRequiredService<OutboundDialer>()))
        .AddSingleton<OutboundHttp>();
}
