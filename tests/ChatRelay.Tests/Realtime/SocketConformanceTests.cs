using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Realtime;

/// <summary>RFC 6455 from the wire: fragments, reserved bits, masks, control frames, text, close codes, lengths.</summary>
public sealed class SocketConformanceTests(SocketConformanceTests.Shared shared) : IClassFixture<SocketConformanceTests.Shared>
{
    private const byte Text = 0x81, Binary = 0x82, Close = 0x88, Ping = 0x89, Pong = 0x8A, First = 0x01, More = 0x00, Last = 0x80;

    private readonly RoomHost host = shared.Host;

    /// <summary>One node for all of them: what one connection breaks, another must not feel.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        internal RoomHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await RoomHost.StartAsync(("CHATRELAY_SOCKET_OPS_BURST", "100000"), ("CHATRELAY_USER_SOCKETS", "10000"));

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }

    private Task<RawSocket> OpenAsync() => RawSocket.OpenAsync(host.Host.Address);

    private async Task<RawSocket> HelloAsync()
    {
        var raw = await OpenAsync();
        await raw.SendAsync(JsonSerializer.Serialize(new { id = 1, op = "hello", v = 1, token = await host.TokenAsync("ann") }));
        Assert.Equal(1, (await raw.ReadAsync())!.Value.Opcode);
        return raw;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public async Task The_upgrade_proves_that_it_was_understood()
    {
        await using var raw = await OpenAsync();
        Assert.StartsWith("HTTP/1.1 101", raw.Head, StringComparison.Ordinal);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", raw.Head, StringComparison.OrdinalIgnoreCase); // RFC 6455, 1.3
        Assert.Contains("Sec-WebSocket-Protocol: chatrelay.v1", raw.Head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", raw.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 8", "400")]
    [InlineData("Sec-WebSocket-Key: short", "400")]
    [InlineData("Sec-WebSocket-Protocol: graphql-ws", "400")]
    [InlineData("Upgrade: h2c", "400")]
    public async Task A_wrong_handshake_is_a_problem_and_no_socket(string header, string status)
    {
        var headers = new Dictionary<string, string>
        {
            ["Upgrade"] = "websocket",
            ["Connection"] = "Upgrade",
            ["Sec-WebSocket-Version"] = "13",
            ["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ==",
            ["Sec-WebSocket-Protocol"] = "chatrelay.v1",
        };
        headers[header.Split(':')[0]] = header.Split(": ")[1];
        var answer = await RawHttp.SendAsync(host.Host.Address, $"GET /v1/connect HTTP/1.1\r\nHost: x\r\n{string.Concat(headers.Select(h => $"{h.Key}: {h.Value}\r\n"))}\r\n");
        Assert.Equal((int.Parse(status), "application/problem+json"), (answer.Status, answer.Headers["Content-Type"]));
    }

    [Fact]
    public async Task Pings_are_answered_with_their_payload_between_the_fragments_of_a_message_too()
    {
        await using var raw = await HelloAsync();
        await raw.WriteAsync(RawSocket.Frame(Ping, Utf8("one")));
        Assert.Equal((10, "one"), Said(await raw.ReadAsync()));

        var text = Utf8("""{"id":2,"op":"dance"}""");
        await raw.WriteAsync(RawSocket.Frame(First, text.AsSpan(0, 5)));
        await raw.WriteAsync(RawSocket.Frame(Ping, new byte[125]));
        await raw.WriteAsync(RawSocket.Frame(More, text.AsSpan(5, 0)));
        await raw.WriteAsync(RawSocket.Frame(Pong, []));
        await raw.WriteAsync(RawSocket.Frame(Last, text.AsSpan(5)));
        Assert.Equal((10, 125), ((await raw.ReadAsync())!.Value.Opcode, 125));
        Assert.Contains("\"id\":2", Said(await raw.ReadAsync()).Text, StringComparison.Ordinal);

        static (int Opcode, string Text) Said((int Opcode, byte[] Payload)? frame) => (frame!.Value.Opcode, Encoding.UTF8.GetString(frame.Value.Payload));
    }

    [Fact]
    public async Task Frames_may_come_byte_by_byte_and_many_in_one_packet()
    {
        await using var raw = await HelloAsync();
        foreach (var one in RawSocket.Frame(Text, Utf8("""{"id":2,"op":"dance"}"""))) await raw.WriteAsync(new[] { one });
        Assert.Equal(1, (await raw.ReadAsync())!.Value.Opcode);

        var many = Enumerable.Range(3, 20).SelectMany(id => RawSocket.Frame(Text, Utf8($$"""{"id":{{id}},"op":"dance"}"""))).ToArray();
        await raw.WriteAsync(many);
        for (var id = 3; id < 23; id++) Assert.Contains($"\"id\":{id},", Encoding.UTF8.GetString((await raw.ReadAsync())!.Value.Payload), StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], int> Broken => new()
    {
        { "RSV1", RawSocket.Frame(0xC1, "{}"u8), 1002 },
        { "RSV2", RawSocket.Frame(0xA1, "{}"u8), 1002 },
        { "RSV3", RawSocket.Frame(0x91, "{}"u8), 1002 },
        { "opcode 3", RawSocket.Frame(0x83, "{}"u8), 1002 },
        { "opcode 7", RawSocket.Frame(0x87, []), 1002 },
        { "opcode 11", RawSocket.Frame(0x8B, []), 1002 },
        { "opcode 15", RawSocket.Frame(0x8F, []), 1002 },
        { "unmasked", RawSocket.Frame(Text, "{}"u8, masked: false), 1002 },
        { "binary", RawSocket.Frame(Binary, "{}"u8), 1003 },
        { "continuation of nothing", RawSocket.Frame(Last, "{}"u8), 1002 },
        { "text within a message", [.. RawSocket.Frame(First, "{"u8), .. RawSocket.Frame(Text, "}"u8)], 1002 },
        { "binary within a message", [.. RawSocket.Frame(First, "{"u8), .. RawSocket.Frame(Binary, "}"u8)], 1002 },
        { "ping of 126 bytes", RawSocket.Frame(Ping, new byte[126]), 1002 },
        { "fragmented ping", RawSocket.Frame(0x09, "x"u8), 1002 },
        { "close of one byte", RawSocket.Frame(Close, "x"u8), 1002 },
        { "close with 999", RawSocket.Frame(Close, Code(999)), 1002 },
        { "close with 1004", RawSocket.Frame(Close, Code(1004)), 1002 },
        { "close with 1005", RawSocket.Frame(Close, Code(1005)), 1002 },
        { "close with 1006", RawSocket.Frame(Close, Code(1006)), 1002 },
        { "close with 1015", RawSocket.Frame(Close, Code(1015)), 1002 },
        { "close with 2999", RawSocket.Frame(Close, Code(2999)), 1002 },
        { "close with 5000", RawSocket.Frame(Close, Code(5000)), 1002 },
        { "close with a reason that is not UTF-8", RawSocket.Frame(Close, [.. Code(1000), 0xFF]), 1007 },
        { "text that is not UTF-8", RawSocket.Frame(Text, [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xED, 0xA0, 0x80]), 1007 },
        { "half a character at the end", RawSocket.Frame(Text, [0xF0, 0x9F, 0x91]), 1007 },
        { "overlong", RawSocket.Frame(Text, [0xC0, 0xAF]), 1007 },
        { "beyond Unicode", RawSocket.Frame(Text, [0xF4, 0x90, 0x80, 0x80]), 1007 },
        { "a character that two fragments break wrongly", [.. RawSocket.Frame(First, [0xF0, 0x9F]), .. RawSocket.Frame(Last, [0x91, 0xFF])], 1007 },
        { "2^62 bytes announced", [Text, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0], 1009 },
        { "2^63 bytes announced", [Text, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002 },
        { "129 KB", RawSocket.Frame(Text, new byte[129 * 1024]), 1009 },
        { "129 KB in fragments", [.. RawSocket.Frame(First, new byte[100 * 1024]), .. RawSocket.Frame(Last, new byte[29 * 1024])], 1009 },
        { "a short length in a long form", [Text, 0xFE, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5], 1002 },
        { "no JSON", RawSocket.Frame(Text, "hello"u8), 4000 },
        { "no object", RawSocket.Frame(Text, "[1]"u8), 4000 },
        { "no op", RawSocket.Frame(Text, """{"id":1}"""u8), 4000 },
        { "no id", RawSocket.Frame(Text, """{"op":"sync"}"""u8), 4000 },
        { "a member twice", RawSocket.Frame(Text, """{"id":1,"id":2,"op":"sync"}"""u8), 4000 },
        { "empty", RawSocket.Frame(Text, []), 4000 },
    };

    [Theory, MemberData(nameof(Broken))]
    public async Task What_breaks_the_protocol_is_closed_with_its_code(string what, byte[] bytes, int code)
    {
        await using var raw = await HelloAsync();
        await raw.WriteAsync(bytes);
        Assert.Equal((what, code), (what, await raw.ClosedAsync()));
    }

    [Fact]
    public async Task A_message_that_begins_where_another_ends_has_its_own_time()
    {
        await using var raw = await HelloAsync();
        var connection = Sockets.All.OrderBy(c => c.OpenedAt).Last();
        var text = Utf8("""{"id":2,"op":"dance"}""");
        await raw.WriteAsync(RawSocket.Frame(First, text.AsSpan(0, 5)));
        await Eventually.Async(() => Task.FromResult(connection.AmidSince is not null));
        var first = connection.AmidSince;

        await raw.WriteAsync((byte[])[.. RawSocket.Frame(Last, text.AsSpan(5)), .. RawSocket.Frame(First, text.AsSpan(0, 5))]);
        await Eventually.Async(() => Task.FromResult(connection.AmidSince is { } next && next != first));
        await raw.WriteAsync(RawSocket.Frame(Ping, [])); // within a message: it goes on
        while ((await raw.ReadAsync())!.Value.Opcode != 10) { }
        Assert.NotNull(connection.AmidSince);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1000)]
    [InlineData(1003)]
    [InlineData(1014)]
    [InlineData(3000)]
    [InlineData(4999)]
    public async Task A_close_is_answered_with_its_own_code(int? code)
    {
        await using var raw = await HelloAsync();
        await raw.WriteAsync(RawSocket.Frame(Close, code is { } known ? [.. Code(known), .. "bye"u8] : []));
        Assert.Equal(code ?? 0, await raw.ClosedAsync());
        await raw.EndedAsync();
    }

    [Fact]
    public async Task Text_that_two_fragments_break_within_a_character_is_one_message()
    {
        await using var raw = await HelloAsync();
        var text = Utf8("""{"id":2,"op":"👋"}""");
        await raw.WriteAsync(RawSocket.Frame(First, text.AsSpan(0, 15)));
        await raw.WriteAsync(RawSocket.Frame(Last, text.AsSpan(15)));
        Assert.Contains("\"id\":2", Encoding.UTF8.GetString((await raw.ReadAsync())!.Value.Payload), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fifty_thousand_broken_frames_crash_nothing_and_end_with_a_close_that_fits()
    {
        var chance = new Random(20260731); // the same frames every time
        var template = Utf8("""{"id":2,"op":"dance","r":"room_01jd3m7q8x6zv9k2b4n5c8d1fg","e":"1-0"}""");
        var (frames, closes) = (0, new Dictionary<int, int>());
        while (frames < 50_000)
        {
            await using var raw = await HelloAsync();
            var batch = new List<byte>();
            for (var i = 0; i < 250; i++, frames++) batch.AddRange(Spoilt(chance, template));
            try
            {
                await raw.WriteAsync(batch.ToArray());
                await raw.WriteAsync(RawSocket.Frame(Close, Code(1000)));
            }
            catch (IOException)
            {
                // It was closed before all of it was sent.
            }
            if (await raw.ClosedAsync() is { } code) closes[code] = closes.GetValueOrDefault(code) + 1;
        }
        Assert.All(closes.Keys, code => Assert.Contains(code, (int[])[0, 1000, 1002, 1003, 1007, 1009, 4000, 4101, 1001, 3000]));
        Assert.True(closes.Values.Sum() > 150, string.Join(", ", closes));
        Assert.DoesNotContain(host.Host.Warnings, w => w.Contains("socket.failed", StringComparison.Ordinal) || w.Contains("Unhandled", StringComparison.Ordinal));
        await Eventually.Async(() => Task.FromResult(OpenSockets == 0));
        await using var after = await HelloAsync();
    }

    private ChatRelay.Realtime.Sockets Sockets => (ChatRelay.Realtime.Sockets)host.Host.Services.GetService(typeof(ChatRelay.Realtime.Sockets))!;

    private int OpenSockets => Sockets.Count;

    // Mostly right frames with something wrong in them: pure noise would end at its first byte.
    private static byte[] Spoilt(Random chance, byte[] template)
    {
        switch (chance.Next(12))
        {
            case 0:
                var noise = new byte[chance.Next(1, 40)];
                chance.NextBytes(noise);
                return noise;
            case 1:
                return RawSocket.Frame((byte)chance.Next(256), template.AsSpan(0, chance.Next(template.Length)));
            case 2:
                return RawSocket.Frame(Ping, new byte[chance.Next(126)]);
            default:
                var text = template.ToArray();
                if (chance.Next(4) == 0) text[chance.Next(text.Length)] = (byte)chance.Next(256);
                return RawSocket.Frame(Text, text);
        }
    }

    private static byte[] Code(int code)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)code);
        return bytes;
    }
}
