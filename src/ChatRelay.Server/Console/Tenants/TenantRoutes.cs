using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Tenants;

namespace ChatRelay.Console;

/// <summary>GET /ops/tenants, one of them, and the mails that its sandbox kept.</summary>
internal static class TenantRoutes
{
    public const string Path = $"{ConsoleDoor.Path}/tenants";
    public const string Due = $"{Path}/due";

    // Whatever stands in somebody's mail: no script, nothing from elsewhere, no form, an origin of its own, and only inside our page.
    private const string MailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

    private static readonly System.Text.Json.JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, () => ConsoleAnswer.Page<TenantsPage>()).InConsole(OperatorRole.Viewer);
        app.MapGet($"{Path}/{{wall}}", ShowAsync).InConsole(OperatorRole.Viewer);
        app.MapGet(Due, () => ConsoleAnswer.Page<DuePage>()).InConsole(OperatorRole.Viewer);
        app.MapGet($"{Path}/{{wall}}/providers/{{id}}", ProviderAsync).InConsole(OperatorRole.Viewer);
        app.MapGet($"{Path}/{{wall}}/mails", MailsAsync).InConsole(OperatorRole.Viewer);
        app.MapGet($"{Path}/{{wall}}/mails/{{id}}", MailAsync).InConsole(OperatorRole.Operator);
        app.MapGet($"{Path}/{{wall}}/mails/{{id}}/html", HtmlAsync).InConsole(OperatorRole.Operator);
    }

    public static string PathOf(Guid wall) => $"{Path}/{new TenantId(wall)}";

    public static string MailsOf(Guid wall) => $"{PathOf(wall)}/mails";

    public static string ProviderPathOf(Guid wall, ProviderId account) => $"{PathOf(wall)}/providers/{account}";

    private static async Task<IResult> ShowAsync(PathId<TenantId> wall, HttpContext http, TenantPages pages, CancellationToken ct)
    {
        if (await pages.ReadAsync(http, wall.Id.Value, ct) is not { } state) return ConsoleAnswer.Missing;
        http.Features.Set(state);
        return ConsoleAnswer.Page<TenantPage>();
    }

    private static async Task<IResult> ProviderAsync(PathId<TenantId> wall, string id, HttpContext http, ConsoleApi api, DeliveryPages pages, CancellationToken ct)
    {
        if ((await pages.TenantsAsync([wall.Id.Value], ct)).GetValueOrDefault(wall.Id.Value) is not { } tenant) return ConsoleAnswer.Missing;
        var said = await api.AskAsync(http, ApiCall.Of("providers.get", wall.Id.Value, id));
        if (!said.Good) return ConsoleAnswer.Missing;
        var account = said.Read<ProviderView>();
        http.Features.Set(new AccountState(tenant, account, System.Text.Json.JsonSerializer.Serialize(said.Json.GetProperty("config"), Indented),
            [.. ProviderConfig.FormOf(account.Type).Credentials.GetProperties().Where(p => p.PropertyType == typeof(string) && p.DeclaringType != typeof(object)).Select(p => RelayJson.Options.PropertyNamingPolicy!.ConvertName(p.Name))]));
        return ConsoleAnswer.Page<ProviderPage>();
    }

    private static async Task<IResult> MailsAsync(PathId<TenantId> wall, string? after, HttpContext http, TenantPages tenants, DeliveryPages pages, CancellationToken ct)
    {
        if ((await pages.TenantsAsync([wall.Id.Value], ct)).GetValueOrDefault(wall.Id.Value) is not { } tenant) return ConsoleAnswer.Missing;
        var (mails, next) = await tenants.MailsAsync(http, wall.Id.Value, 50, after);
        http.Features.Set(new MailsState(tenant, mails, next));
        return ConsoleAnswer.Page<MailsPage>();
    }

    private static async Task<IResult> MailAsync(PathId<TenantId> wall, string id, HttpContext http, ConsoleApi api)
    {
        var said = await api.AskAsync(http, ApiCall.Of("sandbox.emails.get", wall.Id.Value, id));
        if (!said.Good) return ConsoleAnswer.Missing;
        http.Features.Set(new KeptMail(wall.Id.Value, id, said));
        return ConsoleAnswer.Page<MailPage>();
    }

    private static async Task<IResult> HtmlAsync(PathId<TenantId> wall, string id, HttpContext http, ConsoleApi api)
    {
        var said = await api.AskAsync(http, ApiCall.Of("sandbox.emails.get", wall.Id.Value, id));
        if (!said.Good || new KeptMail(wall.Id.Value, id, said).Html is not { } html) return ConsoleAnswer.Missing;
        http.Response.Headers.ContentSecurityPolicy = MailPolicy;
        return TypedResults.Content(html, "text/html; charset=utf-8");
    }
}

/// <summary>An account, and the names of the secrets that its type has.</summary>
internal sealed record AccountState(Tenant Tenant, ProviderView Account, string Config, IReadOnlyList<string> Secrets);

/// <summary>A mail that the sandbox kept, as the API shows it.</summary>
internal sealed record KeptMail(Guid Wall, string Id, ApiSaid Said)
{
    public string? Html => Field("html");

    public string? Field(string name) => Said.Json.GetProperty("mail").TryGetProperty(name, out var value) && value.ValueKind is System.Text.Json.JsonValueKind.String ? value.GetString() : null;
}
