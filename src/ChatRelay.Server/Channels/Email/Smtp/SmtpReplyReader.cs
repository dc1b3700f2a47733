using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>Reads one answer at a time, in bounded memory whatever comes: a line, its lines and their bytes all have an end.</summary>
internal sealed class SmtpReplyReader
{
    public const int MaxLine = 4096; // RFC 5321 says 512 with its CR LF; some servers say more
    public const int MaxLines = 100;
    public const int MaxBytes = 16 * 1024;

    private static readonly SmtpReply Ended = Failed(Outcome.ConnectionError, "The connection ended before an answer.");
    private static readonly SmtpReply TooLarge = Failed(Outcome.ProtocolError, "The answer is too large.");
    private static readonly SmtpReply Garbage = Failed(Outcome.ProtocolError, "The answer is not valid SMTP.");

    private readonly byte[] _buffer = new byte[MaxLine];
    private int _start, _end;

    /// <summary>Bytes have come that no answer has taken.</summary>
    public bool HasUnread => _start < _end;

    public async ValueTask<SmtpReply> ReadAsync(Stream stream, CancellationToken ct)
    {
        var text = new StringBuilder();
        for (var lines = 0; lines < MaxLines;)
        {
            if (_buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n') is >= 0 and var feed)
            {
                if (Take(feed + 1, text) is not { } line) return Garbage;
                lines++;
                if (text.Length > MaxBytes) return TooLarge;
                if (line.Code != CodeOf(text)) return Garbage;
                if (line.IsLast) return SmtpReply.Of(line.Code, text.ToString());
            }
            else if (_end - _start == MaxLine) return TooLarge;
            else if (!await FillAsync(stream, ct)) return Ended;
        }
        return TooLarge;
    }

    /// <summary>`250-text`, `250 text`, `250-` or `250`, and CR LF; nothing else is an answer. A lone CR or LF could end a line for one reader and not for another.</summary>
    private (int Code, bool IsLast)? Take(int length, StringBuilder text)
    {
        var line = _buffer.AsSpan(_start, length);
        _start += length;
        if (line.Length < 5 || !line.EndsWith("\r\n"u8) || line[..^2].Contains((byte)'\r')) return null;
        if (line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2])) return null;
        if (line.Length > 5 && line[3] is not ((byte)' ' or (byte)'-')) return null;
        text.Append(Encoding.Latin1.GetString(line));
        return (((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0'), line.Length == 5 || line[3] == ' ');
    }

    /// <summary>Of the first line: all lines of an answer have the same.</summary>
    private static int CodeOf(StringBuilder text) => ((text[0] - '0') * 100) + ((text[1] - '0') * 10) + (text[2] - '0');

    private async ValueTask<bool> FillAsync(Stream stream, CancellationToken ct)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), ct);
        _end += read;
        return read > 0;
    }

    private static SmtpReply Failed(Outcome outcome, string detail) => SmtpReply.Failed(new(outcome, BytesLeft: false, detail));
}
