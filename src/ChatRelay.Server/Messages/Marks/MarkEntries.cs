using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Messages;

/// <summary>Entries about a message: a reaction or its end, a pin or its end. The same by REST and over sockets.</summary>
internal static class MarkEntries
{
    public static NewEntry Reaction(Caller caller, EntryKind kind, MessageId about, Guid room, bool granted, MarkInput input, RelayClock clock, string? from = null, bool enforce = false) => new()
    {
        Tenant = caller.Wall,
        Room = room,
        Id = RelayId.New<MessageId>(clock.GetUtcNow()).Value,
        Kind = kind,
        About = about.Value,
        Sender = caller.User?.User ?? from,
        Device = caller.User?.Device,
        ViaTenant = caller.User is null,
        Enforced = caller.User is not null || enforce,
        Granted = granted,
        Payload = input.Payload,
        Encrypted = input.Encrypted is not null,
        Mark = input.Mark,
        Event = RoomEvents.Of(caller, kind is EntryKind.React ? "reaction.added" : "reaction.removed", new RoomId(room), clock, caller.User?.User ?? from, about),
    };

    public static NewEntry Pin(Caller caller, EntryKind kind, MessageId about, Guid room, bool granted, RelayClock clock) => new()
    {
        Tenant = caller.Wall,
        Room = room,
        Id = RelayId.New<MessageId>(clock.GetUtcNow()).Value,
        Kind = kind,
        About = about.Value,
        Sender = caller.User?.User,
        Device = caller.User?.Device,
        ViaTenant = caller.User is null,
        Enforced = caller.User is not null,
        Granted = granted,
    };

    /// <summary>A viewer without a name has nothing of its own that could stand.</summary>
    public static Problem? NobodyOf(Caller caller) => caller.User is { User: null } ? Sent.MayNot : null;
}
