using System.Text;
using System.Text.Json;
using ChatRelay.Deliveries;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>What a webhook says of a message: the event's ids and number, and the content as it was given, if it was not deleted, expired or erased since.</summary>
internal sealed class MessageContents(LogReads reads)
{
    public EventContent Content => new("message.", DataAsync);

    /// <summary>And of a reaction: its key or ciphertext.</summary>
    public EventContent Reaction => new("reaction.", DataAsync);

    private async Task<string> DataAsync(Guid tenant, EventFacts happened, CancellationToken ct)
    {
        using var data = JsonDocument.Parse(happened.Data);
        if (!RelayId.TryParse<RoomId>(data.RootElement.GetProperty("room_id").GetString(), out var room) || !data.RootElement.TryGetProperty("seq", out var seq)) return happened.Data;
        if (await reads.EntryAsync(tenant, room.Value, seq.GetInt64(), ct) is not { Payload: { } payload } entry) return happened.Data;

        // Texts that were read strictly when they came: put in as they are, so that ciphertext is the same to the bit.
        var said = new StringBuilder(happened.Data, 0, happened.Data.Length - 1, happened.Data.Length + payload.Length + 256);
        if (entry.Type is not null) said.Append(",\"type\":").Append(JsonSerializer.Serialize(entry.Type, RelayJson.Options));
        if (entry.Cid is not null) said.Append(",\"client_id\":").Append(JsonSerializer.Serialize(entry.Cid, RelayJson.Options));
        if (entry.Metadata is not null) said.Append(",\"metadata\":").Append(entry.Metadata);
        return said.Append(entry.Encrypted ? ",\"encrypted\":" : ",\"body\":").Append(payload).Append('}').ToString();
    }
}
