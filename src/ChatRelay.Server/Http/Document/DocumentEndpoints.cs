using ChatRelay.Http.Pipeline;

namespace ChatRelay.Http.Document;

/// <summary>/openapi.yaml and /openapi.json, and the page at /docs.</summary>
internal static class DocumentEndpoints
{
    /// <summary>Swagger UI has its scripts and styles in files of its own; only styles set on elements need a word.</summary>
    private const string PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static IServiceCollection AddDocument(this IServiceCollection services) =>
        services.AddSingleton(s => new ApiDocument(() => ApiOperation.Of(s.GetRequiredService<EndpointDataSource>().Endpoints)));

    public static void MapDocument(this IEndpointRouteBuilder root)
    {
        var strict = root.MapGroup("").AddEndpointFilter<RefusesFirst>();
        strict.MapGet("/openapi.yaml", (ApiDocument document) => Results.Bytes(document.Yaml, "application/yaml; charset=utf-8"))
            .WithName("document.yaml").WithSummary("This document as YAML").Open().AnswersText("application/yaml", "openapi: '3.1.1'");
        strict.MapGet("/openapi.json", (ApiDocument document) => Results.Bytes(document.Json, "application/json"))
            .WithName("document.json").WithSummary("This document as JSON").Open().AnswersText("application/json", """{"openapi":"3.1.1"}""");
    }

    /// <summary>Before routing: the page's own files are no routes of ours.</summary>
    public static void UseDocumentPage(this IApplicationBuilder app) => app
        .UseWhen(http => http.Request.Path.StartsWithSegments("/docs"), docs => docs
            .Use((http, next) =>
            {
                http.Response.Headers.ContentSecurityPolicy = PagePolicy;
                return next(http);
            })
            .UseSwaggerUI(page =>
            {
                page.RoutePrefix = "docs";
                page.DocumentTitle = "ChatRelay";
                page.SwaggerEndpoint("/openapi.yaml", "ChatRelay v1");
            }));
}
