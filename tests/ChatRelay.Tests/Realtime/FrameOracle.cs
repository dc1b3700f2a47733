using System.Text;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Realtime;

/// <summary>What RFC 6455 demands of a server for these bytes, written down a second time: over the whole of them, byte by byte, with nothing of the relay's own.</summary>
internal static class FrameOracle
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Each thing that is whole, as `text`, `ping`, `pong`, `close`, or last `broken` with its code. What is not whole is not there.</summary>
    public static List<string> Of(byte[] bytes, int mostBytes)
    {
        var said = new List<string>();
        List<byte>? message = null;
        for (var at = 0; bytes.Length - at >= 2;)
        {
            var (final, odd, opcode, masked) = ((bytes[at] & 0x80) != 0, (bytes[at] & 0x70) != 0, bytes[at] & 0x0F, (bytes[at + 1] & 0x80) != 0);
            var (length, wide) = ((ulong)(bytes[at + 1] & 0x7F), 0);
            if (length >= 126)
            {
                wide = length == 126 ? 2 : 8;
                if (bytes.Length - at < 2 + wide) return said;
                length = 0;
                for (var i = 0; i < wide; i++) length = (length << 8) | bytes[at + 2 + i];
                odd |= length < (wide == 2 ? 126UL : 65_536UL) || length > long.MaxValue;
            }
            var code = odd || !masked ? 1002
                : opcode >= 8 ? opcode > 10 || !final || length > 125 ? 1002 : 0
                : opcode > 2 || (opcode == 0) == (message is null) ? 1002
                : opcode == 2 ? 1003
                : length + (ulong)(message?.Count ?? 0) > (ulong)mostBytes ? 1009 : 0;
            if (code != 0) return [.. said, $"broken {code}"];
            if ((ulong)(bytes.Length - at - 2 - wide) < length + 4) return said;

            var payload = new byte[length];
            for (var i = 0; i < payload.Length; i++) payload[i] = (byte)(bytes[at + 6 + wide + i] ^ bytes[at + 2 + wide + (i % 4)]);
            at += 6 + wide + payload.Length;
            switch (opcode)
            {
                case 8:
                    return [.. said, CloseOf(payload)];
                case 9:
                    said.Add($"ping {Convert.ToHexString(payload)}");
                    break;
                case 10:
                    said.Add("pong");
                    break;
                default:
                    (message ??= []).AddRange(payload);
                    if (!final) break;
                    if (!IsText([.. message])) return [.. said, "broken 1007"];
                    said.Add($"text {Convert.ToHexString([.. message])}");
                    message = null;
                    break;
            }
        }
        return said;
    }

    private static string CloseOf(byte[] payload)
    {
        if (payload.Length == 0) return "close";
        if (payload.Length == 1) return "broken 1002";
        var code = (payload[0] * 256) + payload[1];
        if (code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999))) return "broken 1002";
        return IsText(payload[2..]) ? $"close {code}" : "broken 1007";
    }

    private static bool IsText(byte[] bytes)
    {
        try
        {
            Strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Mostly right frames with something wrong in them: pure noise would end at its first byte.</summary>
    public static byte[] Spoilt(Random chance)
    {
        var text = Encoding.UTF8.GetBytes("""{"id":2,"op":"dance","r":"room_01jd3m7q8x6zv9k2b4n5c8d1fg","e":"👋-0"}""");
        switch (chance.Next(14))
        {
            case 0:
                var noise = new byte[chance.Next(1, 40)];
                chance.NextBytes(noise);
                return noise;
            case 1:
                return RawSocket.Frame((byte)chance.Next(256), text.AsSpan(0, chance.Next(text.Length)));
            case 2:
                return RawSocket.Frame(0x89, new byte[chance.Next(130)]);
            case 3:
                byte[] close = [(byte)(chance.Next(4) == 0 ? chance.Next(256) : 3), (byte)chance.Next(256), .. text.AsSpan(0, chance.Next(60))];
                return RawSocket.Frame(0x88, close.AsSpan(0, chance.Next(4) == 0 ? chance.Next(3) : close.Length));
            case 4 or 5:
                return [.. RawSocket.Frame(0x01, text.AsSpan(0, 70)), .. chance.Next(2) == 0 ? RawSocket.Frame(0x8A, "x"u8) : [], .. RawSocket.Frame((byte)(chance.Next(3) == 0 ? 0x81 : 0x80), text.AsSpan(70))];
            case 6:
                return RawSocket.Frame(0x81, new byte[chance.Next(100, 70_000)]);
            case 7:
                var cut = RawSocket.Frame(0x81, text);
                return cut[..chance.Next(cut.Length)];
            case 8:
                return [0x81, (byte)(0x80 | (126 + chance.Next(2))), .. Enumerable.Range(0, 12).Select(i => (byte)(chance.Next(3) == 0 ? 0 : chance.Next(256)))];
            default:
                if (chance.Next(3) == 0) text[chance.Next(text.Length)] = (byte)chance.Next(256);
                var frame = RawSocket.Frame(0x81, text, masked: chance.Next(12) > 0);
                if (chance.Next(4) == 0) frame[chance.Next(frame.Length)] ^= (byte)(1 << chance.Next(8));
                return frame;
        }
    }
}
