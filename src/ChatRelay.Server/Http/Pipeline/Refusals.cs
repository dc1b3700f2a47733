using ChatRelay.Http.Idempotency;

namespace ChatRelay.Http.Pipeline;

/// <summary>Around every handler: what a bound argument refuses, and a query that the route does not take.</summary>
internal sealed class RefusesFirst : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        foreach (var argument in context.Arguments)
        {
            if (argument is IMayRefuse { Refused: { } refused }) return refused;
        }
        if (Query.Of(context.HttpContext).Refused is { } wrong) return wrong;

        // A POST without a body still asks whether there is room.
        var http = context.HttpContext;
        var metadata = http.GetEndpoint()!.Metadata;
        if (metadata.GetMetadata<BeforeBody>() is { } gate && metadata.GetMetadata<BodyLimit>() is null && await gate.AskAsync(http) is { } full) return full;
        return await next(context);
    }
}
