using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>A lane, and from when on it is to be asked for due work.</summary>
internal readonly record struct LaneQuestion(Lane Lane, DateTimeOffset From);

/// <summary>When its first row from there on came due, or the time of asking when there is none.</summary>
internal readonly record struct LaneAnswer(Lane Lane, DateTimeOffset At, bool IsDue);

/// <summary>Asks lanes whether they have due work, each from a time on: what died before it is not walked.</summary>
internal static class LaneAsk
{
    public const string Sql = """
        select w.place, coalesce(d.due_at, relay.now()), d.due_at is not null
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[]) with ordinality as w(band, tenant_id, target, asked_from, place)
        left join lateral (
          select q.due_at from queue q
          where q.band = w.band and q.tenant_id = w.tenant_id and q.target = w.target and q.due_at >= w.asked_from and q.due_at <= relay.now()
            and q.claimed_by is null and not q.held and not q.parked and not q.suspect
          order by q.due_at, q.id
          limit 1) d on true
        """;

    public static async Task<List<LaneAnswer>> ReadAsync(NpgsqlConnection connection, IReadOnlyList<LaneQuestion> lanes, CancellationToken ct)
    {
        if (lanes.Count == 0) return [];
        await using var ask = new NpgsqlCommand(Sql, connection);
        ask.Parameters.AddRange(ParametersOf(lanes));
        await using var reader = await ask.ExecuteReaderAsync(ct);
        var answers = new List<LaneAnswer>(lanes.Count);
        while (await reader.ReadAsync(ct))
            answers.Add(new(lanes[(int)reader.GetInt64(0) - 1].Lane, reader.GetFieldValue<DateTimeOffset>(1), reader.GetBoolean(2)));
        return answers;
    }

    public static NpgsqlParameter[] ParametersOf(IReadOnlyList<LaneQuestion> lanes) =>
    [
        new() { Value = lanes.Select(l => l.Lane.Band).ToArray() },
        new() { Value = lanes.Select(l => l.Lane.Tenant.Value).ToArray() },
        new() { Value = lanes.Select(l => l.Lane.Target.Name).ToArray() },
        new() { Value = lanes.Select(l => l.From).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
    ];
}
