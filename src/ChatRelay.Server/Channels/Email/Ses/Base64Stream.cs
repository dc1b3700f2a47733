using System.Text.Json;

namespace ChatRelay.Channels.Email.Ses;

/// <summary>Turns what is written to it into one base64 value of a JSON text, piece by piece.</summary>
internal sealed class Base64Stream(Utf8JsonWriter json) : Stream
{
    public override void Write(ReadOnlySpan<byte> buffer) => json.WriteBase64StringSegment(buffer, isFinalSegment: false);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask DisposeAsync()
    {
        json.WriteBase64StringSegment([], isFinalSegment: true);
        return base.DisposeAsync();
    }

    public override void Flush() { }

    public override bool CanRead => false;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
