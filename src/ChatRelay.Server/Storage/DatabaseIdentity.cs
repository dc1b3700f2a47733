using Npgsql;

namespace ChatRelay.Storage;

/// <summary>
/// Which database this is: cluster, database and schema by the numbers that PostgreSQL gave them. A dump that is restored, a copy, or a cluster made anew has
/// others: then the generation is raised, so that nobody takes its numbers for those of the one before (the time makes it higher than any other copy's), and
/// everything rests until an operator has looked: what is in its queue may have been sent since.
/// </summary>
internal static class DatabaseIdentity
{
    /// <summary>Under the migration lock, on the finished schema. True: it is not the database that it was.</summary>
    public static async Task<bool> EnsureAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var compare = new NpgsqlCommand("""
            update relay.installation i set identity = now_is.text,
              generation = case when before.identity is null then i.generation else greatest(i.generation + 1, extract(epoch from relay.now())::bigint) end,
              paused_at = case when before.identity is null then i.paused_at else relay.now() end,
              paused_by = case when before.identity is null then i.paused_by else 'relay' end,
              restored_as_of = case when before.identity is null then null else coalesce((select max(seen_at) + interval '5 seconds' from relay.nodes), relay.now()) end
            from (select s.system_identifier || '/' || d.oid || '/' || 'relay.installation'::regclass::oid as text from pg_control_system() s, pg_database d where d.datname = current_database()) now_is,
              relay.installation before
            where i.identity is distinct from now_is.text
            returning before.identity is not null
            """, owner);
        return await compare.ExecuteScalarAsync(ct) is true;
    }
}
