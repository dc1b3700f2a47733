using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>Each socket client through the same seeded worlds (tests/client-model.md). `CHATRELAY_CLIENT_SEED` plays one, `CHATRELAY_CLIENT_SEEDS` so many.</summary>
public sealed class ClientModelTests
{
    private const int Seeds = 3;

    [Theory]
    [InlineData("dotnet", "websocket")]
    public async Task A_client_misses_nothing_and_sees_nothing_twice_whatever_befalls_it(string kind, string transport)
    {
        await using var nodes = await ClientNodes.StartAsync();
        foreach (var seed in Number("CHATRELAY_CLIENT_SEED") is { } one ? [one] : Enumerable.Range(1, Number("CHATRELAY_CLIENT_SEEDS") ?? Seeds))
        {
            await using var client = ModelClient.Of(kind);
            await new ClientWorld(nodes, client, transport, seed).RunAsync();
        }
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out var number) ? number : null;
}
