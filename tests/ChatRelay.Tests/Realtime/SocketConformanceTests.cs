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

    /// <summary>Most of them are lived through and answered; one in a hundred ends its connection, with the code that this one demands, and a new one goes on.</summary>
    [Fact]
    public async Task Fifty_thousand_frames_are_answered_or_end_with_the_close_that_each_demands()
    {
        var chance = new Random(20260731); // the same frames every time
        var broken = Broken.Select(row => (What: row.Data.Item1, Bytes: row.Data.Item2, Code: row.Data.Item3)).ToList();
        var closes = new Dictionary<int, int>();
        for (var frames = 0; frames < 50_000;)
        {
            var (batch, ops, pings) = (new List<byte>(), 0, 0);
            for (; chance.Next(100) > 0; frames++)
            {
                var (bytes, op, ping) = Lived(chance);
                batch.AddRange(bytes);
                (ops, pings) = (ops + op, pings + ping);
            }
            frames++;
            var (what, last, code) = chance.Next(2) == 0 ? broken[chance.Next(broken.Count)] : SpoiltToDeath(chance);
            batch.AddRange(last);

            await using var raw = await HelloAsync();
            await raw.WriteAsync(batch.ToArray());
            var (answers, pongs, closed) = (0, 0, (int?)null);
            while (closed is null && await raw.ReadAsync() is var (opcode, payload))
            {
                if (opcode == 1 && !Encoding.UTF8.GetString(payload).Contains("\"ev\"", StringComparison.Ordinal)) answers++;
                else if (opcode == 10) pongs++;
                else if (opcode == 8) closed = BinaryPrimitives.ReadUInt16BigEndian(payload);
            }
            Assert.Equal((what, ops, pings, (int?)code), (what, answers, pongs, closed));
            closes[code] = closes.GetValueOrDefault(code) + 1;
        }
        Assert.All((int[])[1002, 1003, 1007, 1009, 4000], code => Assert.True(closes.ContainsKey(code), string.Join(", ", closes)));
        Assert.True(closes.Values.Sum() > 150, string.Join(", ", closes));
        Assert.DoesNotContain(host.Host.Warnings, w => w.Contains("socket.failed", StringComparison.Ordinal) || w.Contains("Unhandled", StringComparison.Ordinal));
        await Eventually.Async(() => Task.FromResult(OpenSockets == 0));
        Assert.Equal(0, ((ChatRelay.Realtime.OutboxBudget)host.Host.Services.GetService(typeof(ChatRelay.Realtime.OutboxBudget))!).Waiting);
        await using var after = await HelloAsync();
    }

    // Odd, but right: an op nobody knows, in one piece or in several with something between; and how many answers and pongs it gets.
    private static (byte[] Bytes, int Ops, int Pings) Lived(Random chance)
    {
        var text = Utf8(chance.Next(3) switch
        {
            0 => """{"id":2,"op":"dance","r":"👋"}""",
            1 => """{"op":"sync","id":3,"r":7,"e":null,"after":-1}""",
            _ => $$"""{ "id" : 4, "op" : "{{new string('x', chance.Next(300))}}" }""",
        });
        var cut = chance.Next(text.Length);
        return chance.Next(5) switch
        {
            0 => (RawSocket.Frame(Ping, new byte[chance.Next(126)]), 0, 1),
            1 => (RawSocket.Frame(Pong, new byte[chance.Next(126)]), 0, 0),
            2 => (RawSocket.Frame(Text, """{"op":"pong"}"""u8), 0, 0),
            3 => ([.. RawSocket.Frame(First, text.AsSpan(0, cut)), .. RawSocket.Frame(Ping, "between"u8), .. RawSocket.Frame(More, []), .. RawSocket.Frame(Last, text.AsSpan(cut))], 1, 1),
            _ => (RawSocket.Frame(Text, text), 1, 0),
        };
    }

    // What the oracle says is broken, and nothing that a message before it would be answered for.
    private static (string What, byte[] Bytes, int Code) SpoiltToDeath(Random chance)
    {
        while (true)
        {
            var bytes = FrameOracle.Spoilt(chance);
            if (FrameOracle.Of(bytes, ChatRelay.Realtime.SocketLoop.MostBytes) is [var only] && only.Split(' ') is ["broken", var code]) return (Convert.ToHexString(bytes), bytes, int.Parse(code));
        }
    }

    private ChatRelay.Realtime.Sockets Sockets => (ChatRelay.Realtime.Sockets)host.Host.Services.GetService(typeof(ChatRelay.Realtime.Sockets))!;

    private int OpenSockets => Sockets.Count;

    private static byte[] Code(int code)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)code);
        return bytes;
    }
}
