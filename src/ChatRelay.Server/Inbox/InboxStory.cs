using ChatRelay.Notifications;
using ChatRelay.Storage;

namespace ChatRelay.Inbox;

/// <summary>What became of a notification on its user's screens, for its timeline.</summary>
internal sealed class InboxStory(Databases databases)
{
    public StepStory Story => new(OfAsync);

    private async Task<IReadOnlyList<StepTold>> OfAsync(Guid wall, Guid notification, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("""
            select delivery_id, acked_at, acked_by, read_at, archived_at from inbox_entries where tenant_id = $1 and notification_id = $2 and kind = 'notification'
            """) { Parameters = { new() { Value = wall }, new() { Value = notification } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var told = new List<StepTold>();
        while (await reader.ReadAsync(ct))
        {
            foreach (var (column, type) in ((int, string)[])[(1, "acked"), (3, "read"), (4, "archived")])
                if (!reader.IsDBNull(column))
                    told.Add(new(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(column), type, type == "acked" && !reader.IsDBNull(2) ? reader.GetString(2) : null));
        }
        return told;
    }
}
