using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Messages;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Webhooks;

namespace ChatRelay.Presence;

/// <summary>The op `signal`: something for now, to a room or to a user's devices.</summary>
internal sealed class SignalOps(RoomLookup lookup, SignalTable table, SignalFeed feed, PassingLimits limits, INodeBus bus, WebhookSignals webhooks)
{
    public IEnumerable<SocketOp> All => [new("signal", typeof(SignalInput), SignalAsync)];

    internal sealed record RoomView(bool Told);

    internal sealed record DeviceView(string Sid, DateTimeOffset Exp);

    private async Task<OpAnswer> SignalAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<SignalInput>(writes: true, out var input, out var refusal)) return refusal;
        return input.To is null ? await ToRoomAsync(call, input, ct) : await ToDevicesAsync(call, input, input.To, ct);
    }

    private async Task<OpAnswer> ToRoomAsync(SocketCall call, SignalInput input, CancellationToken ct)
    {
        if (call.Caller.User is not { } token || await lookup.FindAsync(call.Caller, input.Room, ct) is not { } room) return NotFound;
        if (RefusalOf(room, token, input) is { } no) return OpAnswer.Of(no);
        var (id, user) = (RoomFeed.Id(room.Tenant, room.Id.Value), token.User ?? call.Connection.Id.ToString("n"));
        if (room.IsBig || !limits.MayPass(id, user, input.Kind)) return OpAnswer.View(new RoomView(false));
        if (room.Type is RoomType.Direct && await table.IsBlockedInAsync(room.Tenant, room.Id.Value, ct)) return OpAnswer.Of(Blocked);

        var begins = limits.Passes(id, user, input.Kind);
        bus.Say(new NodeNews.Passing(id, FrameClass.Signal, SignalFrames.InRoom(room.Id, token.User, call.Caller.User.Device, input)));
        if (begins && input.Kind == SignalInput.Typing && token.User is not null)
            webhooks.Offer(room.Tenant, WebhookSignals.TypingStarted, () => new { RoomId = room.Id, token.User });
        return OpAnswer.View(new RoomView(true));
    }

    private static Problem? RefusalOf(RoomSeen room, UserToken token, SignalInput input)
    {
        if (token.Rooms is not null && room.GrantOf(token)?.HasFlag(RoomRights.Signal) is not true) return Sent.MayNot;
        if (room.Member is { Muted: true }) return new Problem(ProblemCode.Forbidden, "This user is muted here.");
        return room.Encrypted && input.Data is not null ? Plain : null;
    }

    private async Task<OpAnswer> ToDevicesAsync(SocketCall call, SignalInput input, SignalInput.Devices to, CancellationToken ct)
    {
        if (call.Caller.User is not { User: { } user } token) return NotFound; // a viewer without a name calls nobody
        if (await table.StandAsync(call.Caller.Wall, token, to.User, input.R is null ? null : input.Room, ct) is not { } between) return NotFound;
        if (between.Blocked) return OpAnswer.Of(Blocked);
        if (between.Encrypted && input.Data is not null) return OpAnswer.Of(Plain);
        var kept = await table.KeepAsync(call.Caller.Wall, user, token.Device, to, input, ct);
        if (kept is null) return OpAnswer.Of(new Problem(ProblemCode.RateLimited, "Too many signals wait for this user.") { RetryAfter = TimeSpan.FromSeconds(5) });
        feed.Wake();
        return OpAnswer.View(new DeviceView(kept.Value.Id.ToString("n"), kept.Value.ExpiresAt));
    }

    private static readonly OpAnswer NotFound = OpAnswer.Of(Problem.NotFound);
    private static readonly Problem Blocked = new(ProblemCode.Blocked, "One of the two blocks the other.");
    private static readonly Problem Plain = Problem.Conflict("This room is encrypted and takes nothing plain.");
}
