using ChatRelay.TestKit;

namespace ChatRelay.Tests;

/// <summary>A node that the tests of a class share; each has a tenant of its own.</summary>
public sealed class NodeFixture : IAsyncLifetime
{
    internal RelayHost Node { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Node = await RelayHost.StartAsync();
    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
