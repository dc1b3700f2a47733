using ChatRelay.Rooms;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Messages;

/// <summary>What is looked for in a room.</summary>
internal sealed record SearchFilter(string Words, string? From, string? Type, DateTimeOffset? Since, DateTimeOffset? Until);

/// <summary>Asks the index of words, behind the wall of the tenant that the function names.</summary>
internal sealed class SearchReads(Databases databases)
{
    public const string Sql = "select message_id from search_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    /// <summary>The newest first, between the two numbers.</summary>
    public async Task<List<Guid>> FindAsync(RoomSeen room, SearchFilter filter, long seenAfter, long before, int limit, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, room.Tenant);
        var search = new NpgsqlBatchCommand(Sql);
        foreach (var parameter in ParametersOf(room.Tenant, room.Id.Value, filter, seenAfter, before, limit)) search.Parameters.Add(parameter);
        batch.BatchCommands.Add(search);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await reader.ReadAsync(ct)) found.Add(reader.GetGuid(0));
        return found;
    }

    public static NpgsqlParameter[] ParametersOf(Guid tenant, Guid room, SearchFilter filter, long seenAfter, long before, int limit) =>
    [
        new() { Value = tenant }, new() { Value = room }, new() { Value = filter.Words }, new() { Value = seenAfter }, new() { Value = before }, Text(filter.From), Text(filter.Type), Time(filter.Since), Time(filter.Until), new() { Value = limit },
    ];

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
    private static NpgsqlParameter Time(DateTimeOffset? value) => new() { Value = (object?)value?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
