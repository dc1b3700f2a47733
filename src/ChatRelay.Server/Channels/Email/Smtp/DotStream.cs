using System.Buffers;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>
/// Writes a mail behind DATA, piece by piece: a dot that begins a line is doubled, the end is CR LF dot CR LF. A lone CR or LF is a
/// bug of whoever wrote the mail, and throws: to one server it ends a line and to the next it does not, which is how mails are smuggled.
/// </summary>
internal sealed class DotStream(Stream inner) : Stream
{
    private const int Piece = 32 * 1024;
    private const int Spare = 8; // CR LF dot CR LF has room in any piece

    private readonly byte[] _piece = ArrayPool<byte>.Shared.Rent(Piece);
    private int _length;
    private bool _atLineStart = true, _afterCr, _returned;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (_length >= Piece - Spare) await FlushAsync(cancellationToken);
            buffer = buffer[Take(buffer.Span)..];
        }
    }

    /// <summary>Ends the mail. The dot is in the last piece, and leaves with the next flush.</summary>
    public void End()
    {
        if (_afterCr) throw Lone();
        if (!_atLineStart) Append("\r\n"u8);
        Append(".\r\n"u8);
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        var piece = _piece.AsMemory(0, _length);
        _length = 0;
        await inner.WriteAsync(piece, cancellationToken);
    }

    /// <summary>Takes as much as fits, at most one line; returns how much that was.</summary>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        if (_afterCr)
        {
            if (bytes[0] != '\n') throw Lone();
            Append("\n"u8);
            (_afterCr, _atLineStart) = (false, true);
            return 1;
        }
        var run = bytes[..Math.Min(bytes.Length, Piece - Spare - _length)];
        if (_atLineStart && run[0] == '.') Append("."u8);
        if (run.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var end)
        {
            if (run[end] == '\n') throw Lone();
            run = run[..(end + 1)];
            _afterCr = true;
        }
        Append(run);
        _atLineStart = false;
        return run.Length;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_piece.AsSpan(_length));
        _length += bytes.Length;
    }

    private static InvalidOperationException Lone() => new("a mail has a lone CR or LF");

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_returned) ArrayPool<byte>.Shared.Return(_piece);
        _returned = true;
        base.Dispose(disposing);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Only the asynchronous half is ever used.
    public override bool CanRead => false;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
