using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Patterns;

namespace ChatRelay.Http.Document;

/// <summary>One endpoint as the document shows it: all of it is what the endpoint said of itself where it was mapped.</summary>
internal sealed record ApiOperation(
    string Path, string Method, string Id, string Summary, string? Description, Access Access, Success Success,
    BodyLimit? Body, IReadOnlyList<QueryParameter> Query, IReadOnlyList<(string Name, Type? Type)> PathParameters, bool KeepsAnswer, Refusals Refusals, TextAnswer? Text)
{
    /// <summary>Further ways to succeed: a dry run beside the real one.</summary>
    public IReadOnlyList<Success> Also { get; init; } = [];

    /// <summary>`tenants.create` stands under `tenants`.</summary>
    public string Tag => Id.Split('.')[0];

    /// <summary>In the order of path and method, so that the document does not depend on the order of mapping. Pages say that they are none.</summary>
    public static IReadOnlyList<ApiOperation> Of(IEnumerable<Endpoint> endpoints) =>
    [
        .. endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<Access>() is not null && e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => Of(e, method)))
            .OrderBy(o => o.Path, StringComparer.Ordinal).ThenBy(o => o.Method, StringComparer.Ordinal),
    ];

    private static ApiOperation Of(RouteEndpoint endpoint, string method)
    {
        var said = endpoint.Metadata;
        var id = said.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? throw Undescribed(endpoint.RoutePattern.RawText!, "a name");
        return new(
            PathOf(endpoint.RoutePattern), method, id,
            said.GetMetadata<IEndpointSummaryMetadata>()?.Summary ?? throw Undescribed(id, "a summary"),
            said.GetMetadata<IEndpointDescriptionMetadata>()?.Description,
            said.GetRequiredMetadata<Access>(),
            said.GetMetadata<Success>() ?? throw Undescribed(id, "how it succeeds (Answers)"),
            said.GetMetadata<BodyLimit>(),
            said.GetMetadata<TakesQuery>()?.Parameters ?? [],
            [.. endpoint.RoutePattern.Parameters.Select(p => (p.Name, TypeOf(p.Name, said)))],
            said.GetMetadata<KeepsAnswer>() is not null,
            said.GetMetadata<Refusals>() ?? new Refusals([]),
            said.GetMetadata<TextAnswer>())
        {
            Also = [.. said.GetOrderedMetadata<Success>().SkipLast(1)],
        };
    }

    private static string PathOf(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(segment =>
        string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
            RoutePatternLiteralPart literal => literal.Content,
            _ => ((RoutePatternSeparatorPart)part).Content,
        }))));

    /// <summary>The kind of id that a handler takes from the path.</summary>
    private static Type? TypeOf(string name, EndpointMetadataCollection said) => said.GetMetadata<MethodInfo>()?.GetParameters()
        .FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase))?.ParameterType;

    private static InvalidOperationException Undescribed(string id, string what) => new($"The endpoint {id} does not say {what}.");
}
