using ChatRelay.Channels.Email;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>One entry of a mail's story.</summary>
internal sealed record MailEventFacts(MailEvent Event, bool Hard, bool Copy, string? Detail, DateTimeOffset At);

/// <summary>Reads what was told of mails, which stands beside their deliveries.</summary>
internal sealed class MailEventReads(Databases databases)
{
    public async Task<List<MailEventFacts>> OfAsync(Guid wall, Guid delivery, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new($"select event, hard, copy, detail, at from {Partition.Of(delivery).Of("mail_events")} where tenant_id = $1 and delivery_id = $2")
        {
            Parameters = { new() { Value = wall }, new() { Value = delivery } },
        });
        await using var r = await batch.ExecuteReaderAsync(ct);
        var events = new List<MailEventFacts>();
        while (await r.ReadAsync(ct))
            events.Add(new(Words.Read<MailEvent>(r.GetString(0)), r.GetBoolean(1), r.GetBoolean(2), r.IsDBNull(3) ? null : r.GetString(3), r.GetFieldValue<DateTimeOffset>(4)));
        return events;
    }
}
