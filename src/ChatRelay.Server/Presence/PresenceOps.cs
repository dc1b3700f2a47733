using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;

namespace ChatRelay.Presence;

/// <summary>The op `presence`: what a device says of its user. It is kept when it is answered.</summary>
internal sealed class PresenceOps(PresenceBook book)
{
    public IEnumerable<SocketOp> All => [new("presence", typeof(Input), SayAsync)];

    internal enum Wanted { Online, Away, Dnd, Invisible }

    internal sealed record Input : OpInput
    {
        public required Wanted Status { get; init; }

        [Text(1, 128, OneWay = true), Note("Kept until it is changed; null takes it away.")]
        public Change<string?> Text { get; init; }
    }

    internal sealed record View(PresenceStatus Status, string? Text);

    private async Task<OpAnswer> SayAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<Input>(writes: true, out var input, out var refusal)) return refusal;
        if (call.Caller.User?.User is not { } user) return OpAnswer.Of(Problem.NotFound); // a viewer without a name is nobody
        var now = await book.SayAsync(call.Connection, user, new(Of(input.Status), input.Text), ct);
        return OpAnswer.View(new View(now.Status, now.Text));
    }

    private static PresenceStatus Of(Wanted wanted) => wanted switch
    {
        Wanted.Away => PresenceStatus.Away,
        Wanted.Dnd => PresenceStatus.Dnd,
        Wanted.Invisible => PresenceStatus.Invisible,
        _ => PresenceStatus.Online,
    };
}
