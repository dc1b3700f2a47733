using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>
/// What ails over all tenants, newest first, for operators: an index of its own holds nothing else. Whatever goes its plain way is looked for
/// with its tenant (<see cref="ListReads"/>).
/// </summary>
internal sealed class TroubledReads(Databases databases, RelayClock clock)
{
    public static readonly IReadOnlyList<DeliveryStatus> Statuses =
        [DeliveryStatus.Retrying, DeliveryStatus.Held, DeliveryStatus.Failed, DeliveryStatus.Bounced, DeliveryStatus.Quarantined];

    /// <param name="status">null is all of them but the held ones, which nobody needs to be told of</param>
    public Task<List<(Guid Tenant, Guid Id)>> ReadAsync(DeliveryStatus? status, ChannelKind? channel, Outcome? outcome, Guid? after, int limit, CancellationToken ct)
    {
        var asked = status is { } one ? [one] : Statuses.Where(s => s is not DeliveryStatus.Held);
        return new DayWindows(clock.GetUtcNow(), after, null).ReadAsync(limit, async (from, to, wanted) =>
        {
            await using var connection = await databases.Engine.OpenConnectionAsync(ct);
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("call relay.steady_plans()"), Command(asked, channel, outcome, from, to, wanted) } };
            await using var reader = await batch.ExecuteReaderAsync(ct);
            var rows = new List<(Guid, Guid)>();
            while (await reader.ReadAsync(ct)) rows.Add((reader.GetGuid(0), reader.GetGuid(1)));
            return rows;
        });
    }

    public static NpgsqlBatchCommand Command(IEnumerable<DeliveryStatus> statuses, ChannelKind? channel, Outcome? outcome, Guid from, Guid to, int limit) => new($"""
        select tenant_id, id from ({string.Join(" union all ", statuses.Select(s => $"""
            (select d.tenant_id, d.id from deliveries d where d.rare_status = '{Words.Of(s)}' and d.id >= '{from}' and d.id < '{to}'
               and ($1::text is null or d.channel = $1) and ($2::text is null or d.last_outcome = $2) order by d.id desc limit {limit})
            """))}) t order by id desc limit {limit}
        """)
    {
        Parameters = { Text(channel is { } c ? Words.Of(c) : null), Text(outcome is { } o ? Words.Of(o) : null) },
    };

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
