using System.IO.Compression;
using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Outbound;

/// <summary>Measures the whole process, so nothing else runs beside it.</summary>
[CollectionDefinition(nameof(OutboundFloodTests), DisableParallelization = true)]
public sealed class FloodCollection;

/// <summary>Receivers that never end. The clock stands still: only our own bounds can end these.</summary>
[Collection(nameof(OutboundFloodTests))]
public sealed class OutboundFloodTests
{
    private const long Little = 16_000_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gzip_bomb_stays_as_small_as_it_came()
    {
        var bomb = new MemoryStream();
        using (var gzip = new GZipStream(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
            for (var i = 0; i < 64; i++) gzip.Write(new byte[1024 * 1024]);
        await using var receiver = OutboundHttpTests.AfterRequest(async connection =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n");
            await connection.SendAsync(bomb.ToArray());
        });
        using var rig = new OutboundRig();
        var (reply, allocated) = await Measured(() => rig.PostAsync(receiver.Url, ct: Ct));
        Assert.Equal((200, OutboundExchange.MaxBody, true), (reply.Status, reply.Body.Length, reply.Truncated));
        Assert.Equal(bomb.ToArray()[..OutboundExchange.MaxBody], reply.Body.ToArray());
        Assert.InRange(allocated, 0, Little);
    }

    public static TheoryData<string, string, string> Endless => new()
    {
        { "endless headers", "HTTP/1.1 200 OK\r\n", "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" },
        { "one endless header", "HTTP/1.1 200 OK\r\nX-A: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
        { "an endless status line", "HTTP/1.1 200 ", "OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO" },
        { "a flood of 1xx", "", "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" },
        { "a flood of 100", "", "HTTP/1.1 100 Continue\r\n\r\n" },
        { "empty lines", "", "\r\n" },
        { "endless chunk extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n" },
        { "an endless chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0000000000000000000000000000000000000000000000000000000000" },
        { "endless trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" },
    };

    [Theory, MemberData(nameof(Endless))]
    public async Task What_never_ends_is_ended_by_us_in_flat_memory(string name, string first, string forEver)
    {
        Assert.NotEmpty(name);
        var flood = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(forEver, 1000)));
        await using var receiver = OutboundHttpTests.AfterRequest(async connection =>
        {
            await connection.SendAsync(first);
            while (true) await connection.SendAsync(flood);
        });
        using var rig = new OutboundRig();
        var (reply, allocated) = await Measured(() => rig.PostAsync(receiver.Url, ct: Ct));
        OutboundHttpTests.Is(Outcome.ProtocolError, true, reply);
        Assert.InRange(allocated, 0, Little);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    public async Task Of_a_body_without_end_the_first_16_KiB_are_kept(string head)
    {
        var flood = new byte[64 * 1024];
        await using var receiver = OutboundHttpTests.AfterRequest(async connection =>
        {
            await connection.SendAsync(head);
            while (true) await connection.SendAsync(flood);
        });
        using var rig = new OutboundRig();
        var (reply, allocated) = await Measured(() => rig.PostAsync(receiver.Url, ct: Ct));
        Assert.Equal((200, null, OutboundExchange.MaxBody, true), (reply.Status, reply.Failure, reply.Body.Length, reply.Truncated));
        Assert.InRange(allocated, 0, Little);
    }

    private static async Task<(OutboundReply Reply, long Allocated)> Measured(Func<Task<OutboundReply>> send)
    {
        var before = GC.GetTotalAllocatedBytes();
        var reply = await send();
        return (reply, GC.GetTotalAllocatedBytes() - before);
    }
}
