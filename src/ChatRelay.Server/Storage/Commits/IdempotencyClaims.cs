using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Storage.Commits;

/// <summary>The idempotency table's statements. Who wins a claim may write; a loser gets the winner's answer; who finds it locked must wait.</summary>
internal static class IdempotencyClaims
{
    // A twin on another node holds the lock until its commit; one on this node never gets here (RunningClaims).
    private const string TakeSql = """
        with asked as materialized (
          select tenant_id, claim, body_hash, status, location,
                 case when not sealed then body end as body, case when sealed then body end::relay.sealed as sealed_body
          from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::int[], $5::text[], $6::bytea[], $7::boolean[])
            as a(tenant_id, claim, body_hash, status, location, body, sealed)
          order by tenant_id, claim
        ), locked as materialized (
          select * from asked where pg_try_advisory_xact_lock(hashtextextended(claim::text, 7))
        )
        insert into idempotency as i (tenant_id, claim, body_hash, status, location, body, sealed_body)
        select tenant_id, claim, body_hash, status, location, body, sealed_body from locked
        on conflict (tenant_id, claim) do update
          set body_hash = excluded.body_hash, status = excluded.status, location = excluded.location, body = excluded.body,
              sealed_body = excluded.sealed_body, lease_until = null, expires_at = relay.now() + interval '24 hours'
          where i.expires_at <= relay.now() or (i.status is null and i.lease_until <= relay.now())
        returning claim
        """;

    private const string FindSql = """
        select i.claim, i.body_hash, i.status, i.location, coalesce(i.body, i.sealed_body), i.sealed_body is not null
        from idempotency i join unnest($1::uuid[], $2::uuid[]) as a(tenant_id, claim) on i.tenant_id = a.tenant_id and i.claim = a.claim
        where i.expires_at > relay.now()
        """;

    /// <summary>Two statements: winners first; then, with a snapshot that sees them, whatever stands.</summary>
    public static void AppendTake(NpgsqlBatch batch, IReadOnlyList<KeptAnswer> asked)
    {
        batch.BatchCommands.Add(new(TakeSql)
        {
            Parameters =
            {
                UnnestedColumn.Of(asked, k => k.Claim.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(asked, k => k.Claim.Claim, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(asked, k => k.Claim.BodyHash, NpgsqlDbType.Bytea), UnnestedColumn.Of(asked, k => k.Answer.Status, NpgsqlDbType.Integer),
                UnnestedColumn.Of(asked, k => k.Answer.Location, NpgsqlDbType.Text), UnnestedColumn.Of(asked, k => k.Answer.Body, NpgsqlDbType.Bytea),
                UnnestedColumn.Of(asked, k => k.Answer.Sealed, NpgsqlDbType.Boolean),
            },
        });
        batch.BatchCommands.Add(FindCommand([.. asked.Select(k => k.Claim)]));
    }

    /// <summary>Null for the winners; the outcome for everybody else.</summary>
    public static async Task<Dictionary<Guid, CommitOutcome?>> ReadTakeAsync(NpgsqlDataReader reader, IReadOnlyList<KeptAnswer> asked, CancellationToken ct)
    {
        var outcomes = new Dictionary<Guid, CommitOutcome?>(asked.Count);
        foreach (var one in asked) outcomes[one.Claim.Claim] = new CommitOutcome.InProgress();
        var winners = new HashSet<Guid>();
        while (await reader.ReadAsync(ct)) winners.Add(reader.GetGuid(0));
        await reader.NextResultAsync(ct);
        var standing = await ReadFoundAsync(reader, ct);
        foreach (var one in asked)
        {
            var claim = one.Claim;
            if (winners.Contains(claim.Claim)) outcomes[claim.Claim] = null;
            else if (standing.TryGetValue(claim.Claim, out var found)) outcomes[claim.Claim] = Judge(claim, found);
        }
        return outcomes;
    }

    public static NpgsqlBatchCommand FindCommand(IReadOnlyList<IdempotencyClaim> claims) => new(FindSql)
    {
        Parameters = { UnnestedColumn.Of(claims, c => c.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(claims, c => c.Claim, NpgsqlDbType.Uuid) },
    };

    public static async Task<Dictionary<Guid, (byte[] BodyHash, StoredAnswer? Answer)>> ReadFoundAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var found = new Dictionary<Guid, (byte[], StoredAnswer?)>();
        while (await reader.ReadAsync(ct))
        {
            var answer = reader.IsDBNull(2) ? null : new StoredAnswer(
                reader.GetInt32(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.IsDBNull(4) ? [] : reader.GetFieldValue<byte[]>(4), reader.GetBoolean(5));
            found[reader.GetGuid(0)] = (reader.GetFieldValue<byte[]>(1), answer);
        }
        return found;
    }

    /// <summary>What a request gets whose key was used before.</summary>
    public static CommitOutcome Judge(IdempotencyClaim asked, (byte[] BodyHash, StoredAnswer? Answer) found) =>
        !found.BodyHash.AsSpan().SequenceEqual(asked.BodyHash) ? new CommitOutcome.KeyReused()
        : found.Answer is { } answer ? new CommitOutcome.Replayed(answer)
        : new CommitOutcome.InProgress();
}
