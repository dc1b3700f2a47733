using System.Net.Sockets;
using System.Text;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>What the bad requests found, by name.</summary>
public sealed class BodyFramingTests : IAsyncLifetime
{
    private RelayHost host = null!;
    private RawConnection connection = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        connection = new(host.Address);
    }

    private BadRequest Post(string frame, byte[] body) => new("tenants.create", "POST", "/v1/tenants", [],
    [
        .. Encoding.ASCII.GetBytes($"POST /v1/tenants HTTP/1.1\r\nHost: relay.test\r\nAuthorization: Bearer {host.OperatorKey}\r\nContent-Type: application/json\r\n{frame}\r\n\r\n"), .. body,
    ]);

    [Theory]
    [InlineData("zz\r\n{}")]
    [InlineData("fffffffffffffff\r\n{}")]
    [InlineData("2;x\r\n{}x")]
    public async Task A_malformed_chunk_is_the_callers_fault_and_not_the_databases(string chunk)
    {
        var answer = await connection.AskAsync(Post("Transfer-Encoding: chunked", Encoding.ASCII.GetBytes(chunk)) with { Last = true });
        Assert.Equal(400, answer?.Status);
        Assert.Empty(host.Answers.Compare(answer!));
    }

    [Fact]
    public async Task Chunks_over_the_limit_are_refused_before_they_are_read_whole()
    {
        var chunk = new byte[300_000];
        Array.Fill(chunk, (byte)' ');
        var answer = await connection.AskAsync(Post("Transfer-Encoding: chunked", [.. "493e0\r\n"u8, .. chunk, .. "\r\n"u8]));
        Assert.Equal(413, answer?.Status);
        Assert.Equal("close", answer!.Headers["connection"]);
        Assert.Empty(host.Answers.Compare(answer));
    }

    public ValueTask DisposeAsync()
    {
        connection.Dispose();
        return host.DisposeAsync();
    }

    [Theory]
    [InlineData("Content-Length: 4000")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task A_body_that_stops_after_its_first_part_ends_its_connection_quietly(string frame)
    {
        for (var i = 0; i < 50; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(host.Address.Host, host.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"POST /v1/tenants HTTP/1.1\r\nHost: relay.test\r\nAuthorization: Bearer {host.OperatorKey}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n{frame}\r\n\r\n"));
            var buffer = new byte[4096];
            Assert.StartsWith("HTTP/1.1 100", Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer))); // it reads the body now
            await socket.SendAsync(Encoding.ASCII.GetBytes(frame[0] == 'C' ? "{\"name\":\"" : "a\r\n{\"name\":\"\r\n"));
            if (i % 2 == 0) await Task.Yield();
            socket.Shutdown(SocketShutdown.Send);
            try
            {
                while (await socket.ReceiveAsync(buffer) > 0) { }
            }
            catch (SocketException)
            {
                // It may hang up on us too.
            }
        }
        Assert.Empty(host.Warnings);
    }
}
