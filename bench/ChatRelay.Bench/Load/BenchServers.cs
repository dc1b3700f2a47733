using ChatRelay.TestKit.Processes;

namespace ChatRelay.Bench.Load;

/// <summary>The servers that stand beside the relay: what this program serves itself, and other people's.</summary>
internal static class BenchServers
{
    /// <summary>A server that this program is itself, when told to serve.</summary>
    public static Task<ServerProcess> OwnAsync(string kind, string readyPath, IEnumerable<(string Name, string? Value)> settings, CancellationToken ct)
    {
        var port = ServerProcess.FreePort();
        return WhenReadyAsync(ServerProcess.Begin(["dotnet", typeof(BenchServers).Assembly.Location, "serve", kind, $"{port}"], port, settings), readyPath, ct);
    }

    /// <summary>The Fastify intake of bench/node.</summary>
    public static Task<ServerProcess> FastifyAsync(string connection, CancellationToken ct) => NodeAsync(["intake.mjs"], connection, ct);

    /// <summary>A server of bench/node.</summary>
    public static Task<ServerProcess> NodeAsync(string[] line, string connection, CancellationToken ct)
    {
        var port = ServerProcess.FreePort();
        return WhenReadyAsync(new ServerProcess(NodePeer.Start(line, connection, [("PORT", $"{port}")], answer: false), port), "/", ct);
    }

    private static async Task<ServerProcess> WhenReadyAsync(ServerProcess server, string path, CancellationToken ct)
    {
        await server.ReadyAsync(path, ct);
        return server;
    }
}
