using System.Buffers;
using System.IO.Pipelines;

namespace ChatRelay.Realtime;

/// <summary>Frames as Server-Sent Events. They go over a pipe of their own, so that nobody but the request itself touches its answer; a reader that stops holds back what comes, as on a socket.</summary>
internal sealed class EventStream : FrameSink
{
    private const int Most = 32 * 1024;

    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: Most, resumeWriterThreshold: Most / 2, useSynchronizationContext: false));
    private bool over;

    public override void Write(ReadOnlySpan<byte> frames)
    {
        while (!over && Frames.TryTake(ref frames, out var text, out over))
            if (!text.IsEmpty) WriteEvent(text);
    }

    public override async ValueTask<FlushResult> FlushAsync()
    {
        var flushed = await pipe.Writer.FlushAsync();
        if (!over) return flushed;
        await pipe.Writer.CompleteAsync();
        return new(isCanceled: false, isCompleted: true);
    }

    /// <summary>Until the last frame has gone, or the reader has.</summary>
    public async Task CopyToAsync(PipeWriter answer, CancellationToken gone)
    {
        try
        {
            await pipe.Reader.CopyToAsync(answer, gone);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // Reset, or aborted by us: the same end.
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
        }
    }

    // A tenant's own JSON may stand on several lines: an event's lines are put together again by whoever reads it.
    private void WriteEvent(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var end = text.IndexOfAny((byte)'\r', (byte)'\n');
            pipe.Writer.Write("data: "u8);
            pipe.Writer.Write(end < 0 ? text : text[..end]);
            pipe.Writer.Write("\n"u8);
            if (end < 0) break;
            text = text[(text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1)..];
        }
        pipe.Writer.Write("\n"u8);
    }
}
