using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.UserTokens;

namespace ChatRelay.Rooms;

/// <summary>A room in the path: `room_…`, or `ext:` and the tenant's own id. What is neither is a room that nobody has.</summary>
internal readonly record struct PathRoom(RoomId? Id, string? ExternalId)
{
    public static PathRoom Of(string? text) => TryParse(text, null, out var room) ? room : default;

    public static bool TryParse(string? text, IFormatProvider? _, out PathRoom room)
    {
        room = text is not null && text.StartsWith(RoomName.External, StringComparison.Ordinal) && ExternalIdAttribute.Allows(text.AsSpan(RoomName.External.Length))
            ? new(null, text[RoomName.External.Length..])
            : new(RelayId.TryParse<RoomId>(text, out var id) ? id : default(RoomId), null);
        return true;
    }
}
