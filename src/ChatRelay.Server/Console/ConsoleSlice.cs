using ChatRelay.Jobs;
using ChatRelay.Operations;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace ChatRelay.Console;

/// <summary>The operators' console at /ops, on every node.</summary>
internal static class ConsoleSlice
{
    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services
            .AddSingleton(ConsoleSessionTable.Map)
            .AddSingleton<Sessions>()
            .AddSingleton<SessionCookie>()
            .AddSingleton<OneTimeWord>()
            .AddSingleton<ConsoleApi>()
            .AddSingleton<DeliveryPages>()
            .AddSingleton<TenantPages>()
            .AddSingleton<NodeFigures>()
            .AddHostedService(s => s.GetRequiredService<NodeFigures>())
            .AddSingleton(s => new UpkeepTask("console.figures", TimeSpan.FromMinutes(10), s.GetRequiredService<NodeFigures>().SweepAsync))
            .AddSingleton<NowFigures>()
            .AddSingleton<QueueFigures>()
            .AddSingleton<JobFigures>()
            .AddSingleton<ConsoleKeys>()
            .AddSingleton(s => new UpkeepTask("console.sessions", TimeSpan.FromHours(1), s.GetRequiredService<Sessions>().SweepAsync))
            .AddHostedService<FirstConsoleKey>(); // before Data Protection's own, which reads the keys

        services.AddDataProtection().SetApplicationName("ChatRelay"); // not the folder's name: nodes differ in it
        services.AddOptions<KeyManagementOptions>().Configure<ConsoleKeys>((keys, table) => keys.XmlRepository = table);
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error) // it warns of keys in plain text: it cannot know that the table seals
            .AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error)); // the request's own line says 400

        services.AddAntiforgery(forms =>
        {
            forms.FormFieldName = "form_token";
            forms.HeaderName = null;
            forms.Cookie.Name = "chatrelay_console_form";
            forms.Cookie.Path = ConsoleDoor.Path;
            forms.Cookie.SameSite = SameSiteMode.Strict;
            forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            forms.SuppressXFrameOptionsHeader = true; // frame-ancestors says it
        });
        services.AddRazorComponents();
        return services;
    }

    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        SignIn.Map(app);
        SignOut.Map(app);
        Assets.Serve(app, "console.css", "text/css; charset=utf-8");
        Assets.Serve(app, "console.js", "text/javascript; charset=utf-8");
        PostAct.Map(app);
        Now.Map(app);
        DeliveryRoutes.Map(app);
        JobRoutes.Map(app);
        TenantRoutes.Map(app);
        RoomRoutes.Map(app);
        AlertRoutes.Map(app);
        PauseRoutes.Map(app);
    }
}
