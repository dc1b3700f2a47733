using System.Text.Json.Nodes;
using ChatRelay.Http.Document;
using ChatRelay.TestKit;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Http.Document;

/// <summary>A whole node and the document that it renders.</summary>
public sealed class DocumentHost : IAsyncLifetime
{
    internal RelayHost Host { get; private set; } = null!;
    internal ApiDocument Document => Host.Services.GetRequiredService<ApiDocument>();
    internal IReadOnlyList<ApiOperation> Operations => ApiOperation.Of(Host.Services.GetRequiredService<EndpointDataSource>().Endpoints);

    /// <summary>Path, method and what the document says of it.</summary>
    public IEnumerable<(string Path, string Method, JsonObject Said)> Said =>
        from path in Document.Model["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!.AsObject());

    public async ValueTask InitializeAsync() => Host = await RelayHost.StartAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
