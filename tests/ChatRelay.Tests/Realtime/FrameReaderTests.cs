using System.Buffers;
using ChatRelay.Realtime;

namespace ChatRelay.Tests.Realtime;

/// <summary>Frames as they are read, without a socket: whatever the bytes and wherever they are cut, what was read is what the RFC demands.</summary>
public sealed class FrameReaderTests
{
    private const int MostBytes = 2_000;

    [Fact]
    public void Fifty_thousand_spoilt_frames_are_read_as_the_rfc_demands_wherever_they_are_cut()
    {
        var chance = new Random(20260731); // the same frames every time
        var ends = new Dictionary<string, int>();
        for (var n = 0; n < 50_000; n++)
        {
            var bytes = FrameOracle.Spoilt(chance);
            if (chance.Next(3) == 0) bytes = [.. bytes, .. FrameOracle.Spoilt(chance)];
            var (wanted, read) = (FrameOracle.Of(bytes, MostBytes), Read(bytes, chance));
            Assert.True(wanted.SequenceEqual(read), $"{n}: {Convert.ToHexString(bytes)} is [{string.Join(", ", wanted)}] and was read as [{string.Join(", ", read)}]");
            var end = wanted.Count == 0 ? "nothing" : wanted[^1].Split(' ') is [var kind, var code] && kind == "broken" ? $"{kind} {code}" : wanted[^1].Split(' ')[0];
            ends[end] = ends.GetValueOrDefault(end) + 1;
        }
        // Every kind of end came up, and none nearly never.
        Assert.All((string[])["nothing", "text", "ping", "close", "broken 1002", "broken 1003", "broken 1007", "broken 1009"], end => Assert.True(ends.GetValueOrDefault(end) > 20, $"{end}: {string.Join(", ", ends)}"));
    }

    private static List<string> Read(byte[] bytes, Random chance)
    {
        var (reader, said) = (new FrameReader(MostBytes), new List<string>());
        var rest = ReadOnlyMemory<byte>.Empty;
        for (var at = 0; at < bytes.Length;)
        {
            var size = Math.Min(bytes.Length - at, chance.Next(4) == 0 ? 1 : chance.Next(1, 200));
            var buffer = Joined(rest, bytes.AsMemory(at, size));
            at += size;
            while (reader.TryRead(ref buffer) is { } incoming) said.Add(Text(incoming));
            rest = buffer.ToArray();
        }
        return said;
    }

    private static string Text(Incoming incoming) => incoming switch
    {
        Incoming.Text text => $"text {Convert.ToHexString(text.Bytes.Span)}",
        Incoming.Ping ping => $"ping {Convert.ToHexString(ping.Payload.Span)}",
        Incoming.Close { Code: { } code } => $"close {code}",
        Incoming.Close => "close",
        Incoming.Broken broken => $"broken {broken.Code.Code}",
        _ => "pong",
    };

    // In two pieces, as a pipe hands over what came in two.
    private static ReadOnlySequence<byte> Joined(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        var (start, end) = (new Piece(first, 0), new Piece(second, first.Length));
        start.Before(end);
        return new(start, 0, end, second.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long at) => (Memory, RunningIndex) = (memory, at);

        public void Before(Piece next) => Next = next;
    }
}
