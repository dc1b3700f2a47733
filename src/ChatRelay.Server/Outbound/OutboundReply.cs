using ChatRelay.Protocol;

namespace ChatRelay.Outbound;

/// <summary>What came back from the far end, or why nothing did. A failure may stand beside a status that came before it.</summary>
internal sealed record OutboundReply
{
    /// <summary>Zero when no status line was read.</summary>
    public int Status { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Its first bytes as they came, 16 KiB unless the request asked for more: never decompressed, never decoded.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    public bool Truncated { get; init; }

    public OutboundFailure? Failure { get; init; }

    public bool Succeeded => Failure is null && Status is >= 200 and < 300;

    public static OutboundReply Failed(Outcome outcome, bool bytesLeft, string detail) =>
        new() { Failure = new(outcome, bytesLeft, detail) };
}

/// <summary>Why there is no whole answer. BytesLeft says that the far end may have acted all the same.</summary>
internal sealed record OutboundFailure(Outcome Outcome, bool BytesLeft, string Detail);
