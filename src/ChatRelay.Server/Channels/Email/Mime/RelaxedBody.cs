using System.Buffers;
using System.Security.Cryptography;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>
/// RFC 6376, 3.4.4, over a body in chunks: white space at the end of a line is not hashed, other runs of it as one space, and empty
/// lines at the end not at all. The body's line breaks are CRLF.
/// </summary>
internal sealed class RelaxedBody : IDisposable
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(" \t\r\n"u8);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _waiting = new byte[4096]; // a call for each line would cost more than its hash
    private int _length;
    private int _lineBreaks;
    private bool _space;
    private bool _anything;

    public static byte[] HashOf(IEnumerable<ReadOnlyMemory<byte>> body)
    {
        using var relaxed = new RelaxedBody();
        foreach (var chunk in body) relaxed.Append(chunk.Span);
        relaxed.Flush();
        return relaxed._hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();

    private void Append(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty)
        {
            var run = chunk.IndexOfAny(Special) is >= 0 and var at ? at : chunk.Length;
            if (run > 0)
            {
                for (; _lineBreaks > 0; _lineBreaks--) Write("\r\n"u8);
                if (_space) Write(" "u8);
                (_space, _anything) = (false, true);
                Write(chunk[..run]);
            }
            else
            {
                if (chunk[0] == '\n') (_lineBreaks, _space) = (_lineBreaks + 1, false);
                else if (chunk[0] != '\r') _space = true;
                run = 1;
            }
            chunk = chunk[run..];
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _waiting.Length) Drain();
        if (bytes.Length > _waiting.Length) _hash.AppendData(bytes);
        else
        {
            bytes.CopyTo(_waiting.AsSpan(_length));
            _length += bytes.Length;
        }
    }

    /// <summary>What is said ends its line, whether the mail did or not; a body of empty lines says nothing.</summary>
    private void Flush()
    {
        if (_anything) Write("\r\n"u8);
        Drain();
    }

    private void Drain()
    {
        _hash.AppendData(_waiting, 0, _length);
        _length = 0;
    }
}
