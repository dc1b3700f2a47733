using System.Text.Json;

namespace ChatRelay.Http;

/// <summary>The API's endpoints by their names, also on a node that does not serve them: the console asks the same ones.</summary>
internal sealed class ApiRoutes(IServiceProvider services) : IEndpointRouteBuilder
{
    private Dictionary<string, RouteEndpoint>? byName;

    public IServiceProvider ServiceProvider => services;
    public ICollection<EndpointDataSource> DataSources { get; } = [];

    public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services);

    public void ServeOn(IEndpointRouteBuilder app)
    {
        foreach (var source in DataSources) app.DataSources.Add(source);
    }

    public RouteEndpoint Find(string operation) => (byName ??= DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<IEndpointNameMetadata>() is not null)
        .ToDictionary(e => e.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName))[operation];

    /// <summary>Asks one of them from inside this process.</summary>
    public async Task<InnerAnswer> AskAsync(InnerRequest request, Caller caller, IServiceProvider scope, string trace, CancellationToken ct)
    {
        var endpoint = Find(request.Operation);
        using var body = new MemoryStream();
        var inner = request.For(endpoint, scope, body, trace, ct);
        inner.Features.Set(caller);
        await endpoint.RequestDelegate!(inner);
        await inner.Response.BodyWriter.FlushAsync(ct);
        return new(inner.Response.StatusCode, inner.Response.ContentType, body.ToArray());
    }
}

/// <summary>What an inner request was answered.</summary>
internal sealed record InnerAnswer(int Status, string? ContentType, byte[] Body)
{
    public bool Good => Status < 300;

    /// <summary>The code of a refusal.</summary>
    public string? Code
    {
        get
        {
            if (Good) return null;
            using var said = JsonDocument.Parse(Body);
            return said.RootElement.TryGetProperty("code", out var code) ? code.GetString() : $"answered {Status}";
        }
    }

    /// <summary>Passed on as it is.</summary>
    public IResult ToResult() => new Passed(this);

    private sealed record Passed(InnerAnswer Answer) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = Answer.Status;
            httpContext.Response.ContentType = Answer.ContentType;
            await httpContext.Response.Body.WriteAsync(Answer.Body, httpContext.RequestAborted);
        }
    }
}
