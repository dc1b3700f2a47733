using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Realtime;

/// <summary>Where feeds stand, over all tenants of this node: one query for many of a kind.</summary>
internal static class FeedHeads
{
    /// <param name="query">takes walls and ids, and answers wall, id, epoch and head</param>
    public static async Task<IReadOnlyList<FeedHead>> ReadAsync(NpgsqlCommand query, string kind, IReadOnlyList<FeedId> feeds, CancellationToken ct)
    {
        query.Parameters.Add(new() { Value = feeds.Select(f => f.Wall).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = feeds.Select(f => f.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await using var reader = await query.ExecuteReaderAsync(ct);
        var heads = new List<FeedHead>(feeds.Count);
        while (await reader.ReadAsync(ct)) heads.Add(new(new(reader.GetGuid(0), kind, reader.GetGuid(1)), reader.GetString(2), reader.GetInt64(3)));
        return heads;
    }
}
