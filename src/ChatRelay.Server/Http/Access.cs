namespace ChatRelay.Http;

/// <summary>Who may call an endpoint. Every endpoint says so: one without it is not served, and a test fails.</summary>
internal abstract record Access
{
    private Access() { }

    /// <summary>Anybody; nothing of a tenant is shown.</summary>
    public sealed record Open : Access;

    /// <summary>A user's token that stands in the body: whoever reads that asks.</summary>
    public sealed record TokenInBody : Access;

    /// <summary>A tenant's key with this scope; None is any key of the tenant. Perhaps a user's token too, which acts as that user.</summary>
    public sealed record Tenant(Scope Scope, bool OrUser = false) : Access;

    /// <summary>An operator's key with at least this role.</summary>
    public sealed record Operator(OperatorRole Role) : Access;
}

/// <summary>What an endpoint says about itself, for the pipeline and for the document.</summary>
internal static class EndpointWords
{
    public static T Open<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Access.Open());
    public static T TokenInBody<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Access.TokenInBody());
    public static T RequireScope<T>(this T endpoint, Scope scope) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Access.Tenant(scope));
    public static T RequireScopeOrUser<T>(this T endpoint, Scope scope) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Access.Tenant(scope, OrUser: true));
    public static T AnyKey<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Access.Tenant(Scope.None));
    public static T OperatorsOnly<T>(this T endpoint, OperatorRole role) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Access.Operator(role));

    /// <summary>The request's type, and an example of it as JSON.</summary>
    public static RouteHandlerBuilder Reads<TRequest>(this RouteHandlerBuilder endpoint, string example, int maxBytes = BodyLimit.Usual) =>
        endpoint.WithMetadata(new BodyLimit(typeof(TRequest), example, maxBytes));

    /// <summary>The answer on success, and an example of it as JSON.</summary>
    public static RouteHandlerBuilder Answers<TView>(this RouteHandlerBuilder endpoint, int status, string example) =>
        endpoint.WithMetadata(new Success(status, typeof(TView), example));

    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new Success(204, null, null));

    /// <summary>Refusals of this endpoint beyond those that its kind always has.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params Protocol.ProblemCode[] codes) =>
        endpoint.WithMetadata(new Refusals(codes));
}

/// <summary>The body an endpoint takes.</summary>
internal sealed record BodyLimit(Type Request, string Example, int MaxBytes)
{
    public const int Usual = 256 * 1024;
}

/// <summary>How an endpoint succeeds.</summary>
internal sealed record Success(int Status, Type? View, string? Example);

/// <summary>Further problem codes of an endpoint.</summary>
internal sealed record Refusals(IReadOnlyList<Protocol.ProblemCode> Codes);

/// <summary>Marks a POST that keeps its answer under an Idempotency-Key.</summary>
internal sealed record KeepsAnswer;

/// <summary>Marks what waits for something to come: how long it takes says nothing of the relay.</summary>
internal sealed record StaysOpen;

/// <summary>Asked before the body is read: a full relay refuses without reading what it cannot take.</summary>
internal sealed record BeforeBody(Func<HttpContext, ValueTask<Problem?>> AskAsync);
