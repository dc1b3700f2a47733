using System.Buffers;
using System.IO.Pipelines;

namespace ChatRelay.Realtime;

/// <summary>Frames that one answer takes. When it is full its reader has gone, as it were: the next poll goes on from its positions.</summary>
internal sealed class PollSink : FrameSink
{
    private const int Most = 256 * 1024;

    private readonly ArrayBufferWriter<byte> answer = new(1024);
    private readonly TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool any;

    public PollSink() => answer.Write("""{"frames":["""u8);

    /// <summary>There is something for which nobody should wait longer.</summary>
    public Task Woken => woken.Task;

    public override void Write(ReadOnlySpan<byte> frames)
    {
        while (Frames.TryTake(ref frames, out var text, out var isClose))
        {
            if (isClose) woken.TrySetResult();
            if (!text.IsEmpty) Add(text);
        }
    }

    public override ValueTask<FlushResult> FlushAsync() => ValueTask.FromResult(new FlushResult(isCanceled: false, isCompleted: answer.WrittenCount > Most));

    /// <summary>After the connection's end: nothing more is written.</summary>
    public byte[] Take()
    {
        answer.Write("]}"u8);
        return answer.WrittenSpan.ToArray();
    }

    private void Add(ReadOnlySpan<byte> text)
    {
        if (any) answer.Write(","u8);
        any = true;
        answer.Write(text);
        // The answer to the hello, and who is there in each room, come with every poll.
        if ((text.StartsWith("{\"ev\":"u8) && !text.StartsWith("{\"ev\":\"presence\""u8)) || answer.WrittenCount > Most) woken.TrySetResult();
    }
}
