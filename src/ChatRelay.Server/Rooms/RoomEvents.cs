using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Rooms;

/// <summary>What the event log says of rooms: ids and numbers, never a word of theirs.</summary>
internal static class RoomEvents
{
    public static NewEvent Of(Caller caller, string type, RoomId room, TimeProvider clock, string? user = null, MessageId? message = null) => new(caller.Wall, type)
    {
        Id = RelayId.New<Protocol.EventId>(clock.GetUtcNow()).Value,
        Actor = caller.Actor,
        Subject = room.ToString(),
        OrderingKey = room.ToString(),
        // Ids and users have nothing that JSON would escape.
        Data = $$"""{"room_id":"{{room}}"{{(user is null ? "" : $",\"user\":\"{user}\"")}}{{(message is { } id ? $",\"message_id\":\"{id}\"" : "")}}}""",
    };
}
