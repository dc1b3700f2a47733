using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatRelay.Rooms;

/// <summary>Entries in the transaction of a calm write, numbered by the same statement as all others.</summary>
internal static class RoomLog
{
    /// <summary>Nothing is numbered in this room until the transaction ends. Taken before anything else of the room is changed.</summary>
    public static Task LockAsync(RelayDb db, Guid wall, Guid room, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"select 1 from relay.room_heads where tenant_id = {wall} and room_id = {room} for no key update", ct);

    public static async Task<Published> AppendAsync(RelayDb db, NewEntry entry, CancellationToken ct)
    {
        await AppendAsync(db, [entry], ct);
        return entry.Outcome;
    }

    public static async Task AppendAsync(RelayDb db, IReadOnlyList<NewEntry> entries, CancellationToken ct)
    {
        var transaction = db.Database.CurrentTransaction ?? throw new InvalidOperationException("an entry is appended in the transaction of what it tells");
        await using var batch = new NpgsqlBatch((NpgsqlConnection)transaction.GetDbTransaction().Connection!);
        EntryRows.Instance.Append(batch, entries);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        await EntryRows.Instance.ReadAsync(reader, entries, ct);
        db.News.Add(entries);
    }

    /// <summary>What the tenant does to a room, told in its log and in the event log.</summary>
    public static NewEntry Of(Caller caller, RoomId room, EntryKind kind, string? payload, string told, RelayClock clock, string? user = null, bool joins = false) => new()
    {
        Tenant = caller.Wall,
        Room = room.Value,
        Id = RelayId.New<MessageId>(clock.GetUtcNow()).Value,
        Kind = kind,
        ViaTenant = true,
        Payload = payload,
        Joins = joins ? user : null,
        Event = RoomEvents.Of(caller, told, room, clock, user),
    };
}
