using ChatRelay.Protocol;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Http.Idempotency;

/// <summary>The filter around every POST that keeps its answer: twins on this node wait, a refused repeat gets its first answer.</summary>
internal sealed class KeepsAnswers(StoredAnswers stored, RunningClaims running) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (context.HttpContext.Features.Get<Keyed>() is not { Claim: { } claim }) return await next(context);
        if (!running.TryEnter(claim.Claim)) return StoredAnswers.InProgress;
        try
        {
            var result = await next(context);
            return result is Problem refusal && IsAboutContent(refusal)
                ? await stored.FindAsync(claim, context.HttpContext.RequestAborted) ?? result
                : result;
        }
        finally
        {
            running.Leave(claim.Claim);
        }
    }

    /// <summary>What a later state of things may refuse although the first request succeeded.</summary>
    private static bool IsAboutContent(Problem refusal) => refusal.Code.Status is 404 or 409 or 410 or 412 or 422;
}

/// <summary>The claim of this request, if it has a key. A body brings its own; a POST that takes none is asked for it here, before any filter runs.</summary>
internal sealed record Keyed(IdempotencyClaim? Claim) : IMayRefuse
{
    public static Keyed None { get; } = new(Claim: null);

    public Problem? Refused { get; private init; }

    public static ValueTask<Keyed> BindAsync(HttpContext http)
    {
        var metadata = http.GetEndpoint()!.Metadata;
        if (http.Features.Get<Keyed>() is { } known) return ValueTask.FromResult(known);
        if (metadata.GetMetadata<KeepsAnswer>() is null || metadata.GetMetadata<BodyLimit>() is not null) return ValueTask.FromResult(None);
        var (claim, problem) = IdempotencyKey.Read(http, default);
        var keyed = new Keyed(claim) { Refused = problem };
        http.Features.Set(keyed);
        return ValueTask.FromResult(keyed);
    }
}

internal static class KeepsAnswersWords
{
    /// <summary>This POST honours Idempotency-Key. Its handler commits through <see cref="Commits"/> or <see cref="CalmWrites"/>.</summary>
    public static RouteHandlerBuilder Idempotent(this RouteHandlerBuilder endpoint) =>
        endpoint.AddEndpointFilter<RouteHandlerBuilder, KeepsAnswers>().WithMetadata(new KeepsAnswer());
}
