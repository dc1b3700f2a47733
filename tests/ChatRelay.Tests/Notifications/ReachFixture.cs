using System.Net;
using ChatRelay.Tests.Deliveries;
using Xunit;

namespace ChatRelay.Tests.Notifications;

/// <summary>A node that only calls 127.0.0.1, and one that accepts and never delivers.</summary>
public sealed class ReachFixture : IAsyncLifetime
{
    private EngineHost _working = null!, _idle = null!;

    /// <summary>A name whose address is not one that this node calls.</summary>
    public const string Inside = "inside.example.com";
    public static readonly IPAddress Forbidden = IPAddress.Parse("127.0.0.2");

    public async ValueTask InitializeAsync()
    {
        _working = await EngineHost.StartResolvingAsync((name, _) => name is Inside
            ? Task.FromResult<IReadOnlyList<IPAddress>>([Forbidden])
            : throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound));
        _idle = await EngineHost.StartAsync(("CHATRELAY_ROLES", "api"));
    }

    /// <param name="idle">on the node that does not deliver</param>
    internal Task<EngineHost> NewTenantAsync(bool idle = false) => (idle ? _idle : _working).ForAnotherTenantAsync();

    public async ValueTask DisposeAsync()
    {
        await _working.DisposeAsync();
        await _idle.DisposeAsync();
    }
}
