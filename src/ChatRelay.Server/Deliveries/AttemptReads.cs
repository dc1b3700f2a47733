using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>An attempt as it was recorded.</summary>
internal sealed record AttemptFacts(
    Guid Id, int Number, string Trigger, Guid? Provider, DateTimeOffset StartedAt, int DurationMs, Outcome Outcome, bool MaybeSent, string? Detail,
    int? Status, string? Headers, byte[]? Body, string? ProviderMessageId, DateTimeOffset? NextAttemptAt);

/// <summary>Reads attempts, which stand beside their delivery.</summary>
internal sealed class AttemptReads(Databases databases)
{
    public async Task<List<AttemptFacts>> OfAsync(Guid wall, Guid delivery, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new($"""
            select id, number, trigger, provider_id, started_at, duration_ms, outcome, maybe_sent, detail, response_status, response_headers, response_body,
              provider_message_id, next_attempt_at
            from {Partition.Of(delivery).Of("attempts")} where tenant_id = $1 and delivery_id = $2 order by number
            """) { Parameters = { new() { Value = wall }, new() { Value = delivery } } });
        await using var r = await batch.ExecuteReaderAsync(ct);
        var attempts = new List<AttemptFacts>();
        while (await r.ReadAsync(ct))
            attempts.Add(new(r.GetGuid(0), r.GetInt32(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetGuid(3), r.GetFieldValue<DateTimeOffset>(4), r.GetInt32(5),
                Words.Read<Outcome>(r.GetString(6)), r.GetBoolean(7), r.IsDBNull(8) ? null : r.GetString(8), r.IsDBNull(9) ? null : r.GetInt32(9),
                r.IsDBNull(10) ? null : r.GetString(10), r.IsDBNull(11) ? null : r.GetFieldValue<byte[]>(11), r.IsDBNull(12) ? null : r.GetString(12),
                r.IsDBNull(13) ? null : r.GetFieldValue<DateTimeOffset>(13)));
        return attempts;
    }
}
