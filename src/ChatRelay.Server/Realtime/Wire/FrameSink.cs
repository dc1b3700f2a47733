using System.IO.Pipelines;

namespace ChatRelay.Realtime;

/// <summary>Where one connection's frames go. What they say and their order is the same on every transport; only the form that they have on the wire differs.</summary>
internal abstract class FrameSink
{
    /// <summary>Whole frames, as `Frames` makes them. Nobody waits here.</summary>
    public abstract void Write(ReadOnlySpan<byte> frames);

    /// <summary>Back when it takes more; completed: nobody reads it any more.</summary>
    public abstract ValueTask<FlushResult> FlushAsync();
}

/// <summary>A WebSocket takes them as they are.</summary>
internal sealed class SocketSink(PipeWriter output) : FrameSink
{
    public override void Write(ReadOnlySpan<byte> frames) => System.Buffers.BuffersExtensions.Write(output, frames);

    public override ValueTask<FlushResult> FlushAsync() => output.FlushAsync();
}
