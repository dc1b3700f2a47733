using ChatRelay.Protocol;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>A lane that has due work, and since when.</summary>
internal readonly record struct DueLane(Lane Lane, DateTimeOffset Since);

/// <summary>Finds the lanes with due work by hopping over the queue's index, one look-up a lane, however many rows a lane has.</summary>
internal static class LaneScan
{
    private const int Most = 2000;

    public static readonly string Sql = $"""
        with recursive lanes as (
          (select q.band, q.tenant_id, q.target, q.due_at from queue q
           where q.claimed_by is null and not q.held and not q.parked and not q.suspect
             and (q.band, q.tenant_id, q.target) > ($1, $2, $3)
           order by q.band, q.tenant_id, q.target, q.due_at, q.id limit 1)
          union all
          select n.band, n.tenant_id, n.target, n.due_at from lanes l cross join lateral (
            select q.band, q.tenant_id, q.target, q.due_at from queue q
            where q.claimed_by is null and not q.held and not q.parked and not q.suspect
              and (q.band, q.tenant_id, q.target) > (l.band, l.tenant_id, l.target)
            order by q.band, q.tenant_id, q.target, q.due_at, q.id limit 1) n
        )
        select band, tenant_id, target, due_at, due_at <= relay.now() from (select * from lanes limit {Most}) l
        """;

    /// <summary>From a lane on (null: from the first). The lane to go on from is null when the end was reached.</summary>
    public static async Task<(List<DueLane> Due, Lane? Next)> ReadAsync(NpgsqlConnection connection, Lane? after, CancellationToken ct)
    {
        await using var scan = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new() { Value = after?.Band ?? (short)-1 }, new() { Value = after?.Tenant.Value ?? Guid.Empty }, new() { Value = after?.Target.Name ?? "" },
            },
        };
        await using var reader = await scan.ExecuteReaderAsync(ct);
        var (due, seen, last) = (new List<DueLane>(), 0, default(Lane));
        while (await reader.ReadAsync(ct))
        {
            seen++;
            last = Lane.Of(reader.GetInt16(0), new Target(new TenantId(reader.GetGuid(1)), reader.GetString(2)));
            if (reader.GetBoolean(4)) due.Add(new(last, reader.GetFieldValue<DateTimeOffset>(3)));
        }
        return (due, seen == Most ? last : null);
    }
}
