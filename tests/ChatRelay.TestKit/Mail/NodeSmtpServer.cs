using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.TestKit.Mail;

/// <summary>A mail as a server had it: its envelope and its bytes, dots taken off.</summary>
internal sealed record ArrivedMail(
    [property: JsonPropertyName("from")] string From, [property: JsonPropertyName("to")] IReadOnlyList<string> To,
    [property: JsonPropertyName("secure")] bool Secure, [property: JsonPropertyName("user")] string? User, [property: JsonPropertyName("bytes")] byte[] Bytes);

/// <summary>npm smtp-server in a process of its own, which ends with this one.</summary>
internal sealed class NodeSmtpServer : IAsyncDisposable
{
    private readonly Process _node;

    private NodeSmtpServer(Process node, int port) => (_node, Port) = (node, port);

    public int Port { get; }

    public static async Task<NodeSmtpServer> StartAsync(X509Certificate2? certificate = null, bool tlsAtOnce = false, string? method = null, string? user = null, string? password = null)
    {
        var node = NodePeer.Start("smtp-server.mjs");
        await node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new
        {
            key = certificate?.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(),
            cert = certificate?.ExportCertificatePem(),
            tls = tlsAtOnce,
            starttls = certificate is not null && !tlsAtOnce,
            methods = method is null ? null : new[] { method },
            user,
            password,
        }));
        await node.StandardInput.FlushAsync();
        return new(node, await ReadAsync<int>(node, CancellationToken.None));
    }

    /// <summary>The next mail, in the order in which they were taken.</summary>
    public Task<ArrivedMail> NextAsync(CancellationToken ct) => ReadAsync<ArrivedMail>(_node, ct);

    private static async Task<T> ReadAsync<T>(Process node, CancellationToken ct) =>
        await node.StandardOutput.ReadLineAsync(ct) is { } line ? JsonSerializer.Deserialize<T>(line)! : throw new InvalidOperationException(await node.StandardError.ReadToEndAsync(ct));

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync();
        _node.Dispose();
    }
}
