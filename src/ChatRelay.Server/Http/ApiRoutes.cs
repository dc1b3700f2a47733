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
}
