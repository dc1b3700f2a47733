namespace ChatRelay.Outbound;

/// <summary>More came back on one exchange than any honest answer has before we stop reading it.</summary>
internal sealed class BudgetSpentException() : IOException("The answer is too large in its headers, its interim answers or its framing.");

/// <summary>
/// Counts what an exchange reads. Headers have a limit of their own, but 1xx answers and chunk extensions can go on for ever.
/// A connection carries one exchange at a time, so the first write after a read begins a new one.
/// </summary>
internal sealed class BudgetStream(Stream inner, int budget) : Stream
{
    private int _read;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(Spend(reading.Result)) : Awaited(reading);

        async ValueTask<int> Awaited(ValueTask<int> pending) => Spend(await pending);
    }

    private int Spend(int read)
    {
        _read += read;
        return _read <= budget ? read : throw new BudgetSpentException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _read = 0;
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Only the asynchronous half is ever used.
    public override bool CanRead => true;
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
