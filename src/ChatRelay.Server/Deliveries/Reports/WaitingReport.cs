using ChatRelay.Channels.Email;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>A report that a node has taken for half a minute: if the node dies, another takes it after that.</summary>
internal sealed record WaitingReport(MailReport Report, int Tries)
{
    public static async Task<List<WaitingReport>> TakeAsync(NpgsqlConnection connection, int limit, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand($"""
            update mail_reports r set tries = r.tries + 1, due_at = relay.now() + interval '30 seconds'
            where (r.tenant_id, r.id) in (
              select tenant_id, id from mail_reports where due_at <= relay.now() order by due_at limit {limit} for update skip locked)
            returning tenant_id, id, delivery_id, provider_id, event, hard, email, at, detail, tries
            """, connection);
        await using var reader = await take.ExecuteReaderAsync(ct);
        var taken = new List<WaitingReport>();
        while (await reader.ReadAsync(ct)) taken.Add(Of(reader));
        return taken;
    }

    /// <summary>Its attempt has not ended, or it could not be worked in: longer each time, and never given up.</summary>
    public async Task PutOffAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var later = new NpgsqlCommand(
            "update mail_reports set due_at = relay.now() + least(power(2, $3 - 1), 300) * interval '1 second' where tenant_id = $1 and id = $2", connection)
        {
            Parameters = { new() { Value = Report.Tenant }, new() { Value = Report.Id }, new() { Value = Math.Min(Tries, 20) } },
        };
        await later.ExecuteNonQueryAsync(ct);
    }

    private static WaitingReport Of(NpgsqlDataReader r) => new(
        new(r.GetGuid(0), r.GetGuid(1), r.GetGuid(2), r.GetGuid(3), Words.Read<MailEvent>(r.GetString(4)))
        {
            Hard = r.GetBoolean(5),
            Email = r.IsDBNull(6) ? null : r.GetString(6),
            At = r.IsDBNull(7) ? null : r.GetFieldValue<DateTimeOffset>(7),
            Detail = r.IsDBNull(8) ? null : r.GetString(8),
        },
        r.GetInt32(9));
}
