using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Rooms;

/// <summary>What every message says: 200 bytes of JSON, where nothing else is asked for, with the moment it left.</summary>
internal static class Body
{
    public const int Bytes = 200;
    private static readonly byte[] Mark = Encoding.ASCII.GetBytes("\"t\":\"");
    private static readonly int Around = "{\"t\":\"0123456789012345\",\"x\":\"\"}".Length;
    private static readonly string Rest = new('x', Bytes - Around);

    public static byte[] Now(int bytes = Bytes) => Encoding.ASCII.GetBytes($$"""{"t":"{{Stopwatch.GetTimestamp():d16}}","x":"{{(bytes == Bytes ? Rest : new string('x', bytes - Around))}}"}""");

    public static bool IsIn(ReadOnlySpan<byte> frame) => frame.IndexOf(Mark) >= 0;

    /// <summary>How long each message in a frame was on its way.</summary>
    public static void AddWaits(ReadOnlySpan<byte> frame, Latencies waits)
    {
        var now = Stopwatch.GetTimestamp();
        for (var at = frame.IndexOf(Mark); at >= 0; at = frame.IndexOf(Mark))
        {
            frame = frame[(at + Mark.Length)..];
            if (Utf8Parser.TryParse(frame[..16], out long sent, out _)) waits.Add(Stopwatch.GetElapsedTime(sent, now));
        }
    }
}
