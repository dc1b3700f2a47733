using ChatRelay.Http.Json;

namespace ChatRelay.Realtime;

/// <summary>A hello as a request's body: the members of the op. What stands on a socket's first frame may be sent as it is.</summary>
internal record HelloBody : IHello, IRuled
{
    private const int MostNamed = 1_000, MostSignals = 200;

    [Note("The number of the answer.")]
    public long Id { get; init; } = 1;

    [Text(1, 16), Note("May be left out; else `hello`.")]
    public string? Op { get; init; }

    [Note("The version of the protocol: 1.")]
    public required int V { get; init; }

    [Text(1, UserTokens.TokenText.Longest), Note("A user's token. It stands in the body, never in a URL or a header.")]
    public required string Token { get; init; }

    [ExternalId]
    public string? Device { get; init; }

    [Text(1, 128)]
    public string? Client { get; init; }

    [Note("How far the client has everything.")]
    public ResumeInput? Resume { get; init; }

    [Note("What to show of who else is there, in all rooms that are joined.")]
    public PresenceWanted Presence { get; init; }

    public void Check(Faults faults)
    {
        if (V != Hello.Version) faults.Add("v", FaultCodes.NotAllowed, $"This relay speaks version {Hello.Version}.");
        if (Op is not (null or Hello.Op)) faults.Add("op", FaultCodes.NotAllowed, "A request of this kind is a hello.");
    }

    internal sealed record ResumeInput
    {
        [Items(0, MostNamed), Keys(1, 160)]
        public IReadOnlyDictionary<string, Position>? Rooms { get; init; }
        public Position? Inbox { get; init; }

        [Items(0, MostSignals), Note("The `sid` of signals to this device that it has: they are not given again.")]
        public IReadOnlyList<string>? Signals { get; init; }
    }
}
