namespace ChatRelay.Outbound;

/// <summary>One call to make: data only, so that it can be made again while no byte of it has left.</summary>
internal sealed record OutboundRequest
{
    public HttpMethod Method { get; init; } = HttpMethod.Post;
    public required Uri Url { get; init; }
    public required OutboundUse Use { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Exactly as it is sent: no charset is added to it.</summary>
    public string? ContentType { get; init; }

    /// <summary>For everything, from the look-up of the name to the last byte of the answer.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How much of the answer's body is kept; what lies beyond is not read.</summary>
    public int MaxBody { get; init; } = OutboundExchange.MaxBody;

    public OutboundAllow Allow { get; init; } = OutboundAllow.None;
}
