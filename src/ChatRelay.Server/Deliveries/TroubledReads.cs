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
    public async Task<Found<(Guid Tenant, Guid Id)>> ReadAsync(DeliveryStatus? status, ChannelKind? channel, Outcome? outcome, Guid? after, int limit, CancellationToken ct)
    {
        var asked = status is { } one ? [one] : Statuses.Where(s => s is not DeliveryStatus.Held);
        Guid? stopped = null;
        var rows = await new DayWindows(clock.GetUtcNow(), after, null).ReadAsync(limit, async (from, to, wanted) =>
        {
            await using var connection = await databases.Engine.OpenConnectionAsync(ct);
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("call relay.steady_plans()"), Command(asked, channel, outcome, from, to, wanted) } };
            await using var reader = await batch.ExecuteReaderAsync(ct);
            var found = await BoundedWalk.ReadAsync(reader, ct);
            stopped = found.Stopped;
            return found.Rows;
        }, () => stopped is not null);
        return new(rows, stopped);
    }

    public static NpgsqlBatchCommand Command(IEnumerable<DeliveryStatus> statuses, ChannelKind? channel, Outcome? outcome, Guid from, Guid to, int limit) => new(BoundedWalk.Together(statuses.Select(s =>
        BoundedWalk.Of("d", $"deliveries d where d.rare_status = '{Words.Of(s)}' and d.id >= '{from}' and d.id < '{to}'",
            [channel is null ? null : "d.channel = $1", outcome is null ? null : "d.last_outcome = $2"], "desc", limit)), "desc", limit))
    {
        Parameters = { Text(channel is { } c ? Words.Of(c) : null), Text(outcome is { } o ? Words.Of(o) : null) },
    };

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
