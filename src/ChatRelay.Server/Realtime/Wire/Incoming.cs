using ChatRelay.Protocol;

namespace ChatRelay.Realtime;

/// <summary>What came from the other side: a whole message, a control frame, or the end.</summary>
internal abstract record Incoming
{
    private Incoming() { }

    public sealed record Text(ReadOnlyMemory<byte> Bytes) : Incoming;

    public sealed record Ping(ReadOnlyMemory<byte> Payload) : Incoming;

    public sealed record Pong : Incoming;

    /// <summary>The other side's close frame; null if it named no code.</summary>
    public sealed record Close(int? Code) : Incoming;

    /// <summary>It broke the protocol: nothing further is read.</summary>
    public sealed record Broken(CloseCode Code) : Incoming;
}
