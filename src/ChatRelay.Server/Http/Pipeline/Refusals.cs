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

        // A keyed POST without a body type still has its key.
        var http = context.HttpContext;
        var metadata = http.GetEndpoint()!.Metadata;
        if (metadata.GetMetadata<KeepsAnswer>() is not null && metadata.GetMetadata<BodyLimit>() is null)
        {
            var (claim, problem) = IdempotencyKey.Read(http, default);
            if (problem is not null) return problem;
            http.Features.Set(new Keyed(claim));
        }
        return await next(context);
    }
}
