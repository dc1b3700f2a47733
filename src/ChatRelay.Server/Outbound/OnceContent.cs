using System.Net;

namespace ChatRelay.Outbound;

/// <summary>Whether the first byte of a request may have left.</summary>
internal sealed class DepartureMark
{
    private int _left;

    public bool Left => Volatile.Read(ref _left) != 0;

    public bool TryLeave() => Interlocked.Exchange(ref _left, 1) == 0;
}

/// <summary>
/// A body that is written once. The handler repeats a call that has none by itself, up to three times, when a connection ends early,
/// although the far end may have acted on it: so every call has one, if an empty one, and a second writing is refused.
/// </summary>
internal sealed class OnceContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly DepartureMark _mark;

    public OnceContent(ReadOnlyMemory<byte> body, string? contentType, DepartureMark mark)
    {
        (_body, _mark) = (body, mark);
        if (contentType is not null) Headers.Add("Content-Type", contentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _mark.TryLeave()
            ? stream.WriteAsync(_body, cancellationToken).AsTask()
            : throw new IOException("The connection ended before an answer; the call is not repeated.");

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
