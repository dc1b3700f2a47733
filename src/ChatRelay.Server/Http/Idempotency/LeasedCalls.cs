using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;

namespace ChatRelay.Http.Idempotency;

/// <summary>
/// Requests that call out: no transaction is held open over the call. (1) the claim is committed with a lease, so that a twin anywhere is told to
/// wait; (2) the call; (3) the answer is kept. A node that dies under way leaves the claim to whoever repeats the request after the lease.
/// </summary>
internal sealed class LeasedCalls(Databases databases, StoredAnswers stored)
{
    /// <summary>Longer than any call takes.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    /// <summary>The call is not given up when the client goes: what it did has to be kept.</summary>
    public async Task<IResult> RunAsync(Keyed keyed, Func<Task<IResult>> call, CancellationToken ct)
    {
        if (keyed.Claim is not { } claim) return await call();
        var (until, lost) = await TakeAsync(claim, ct);
        if (lost is not null) return await stored.ToResultAsync(claim, lost, ct);

        IResult result = StoredAnswers.InProgress;
        try
        {
            return result = await call();
        }
        finally
        {
            await SettleAsync(claim, until, result as Answer);
        }
    }

    private async Task<(DateTime Until, CommitOutcome? Lost)> TakeAsync(IdempotencyClaim claim, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    insert into idempotency as i (tenant_id, claim, body_hash, lease_until) values ($1, $2, $3, relay.now() + $4)
                    on conflict (tenant_id, claim) do update
                      set body_hash = excluded.body_hash, status = null, location = null, body = null, sealed_body = null,
                          lease_until = excluded.lease_until, expires_at = relay.now() + interval '24 hours'
                      where i.expires_at <= relay.now() or (i.status is null and i.lease_until <= relay.now())
                    returning lease_until
                    """)
                {
                    Parameters = { new() { Value = claim.Tenant }, new() { Value = claim.Claim }, new() { Value = claim.BodyHash }, new() { Value = Lease } },
                },
                IdempotencyClaims.FindCommand([claim]),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (await reader.ReadAsync(ct)) return (reader.GetDateTime(0), null);
        await reader.NextResultAsync(ct);
        var found = await IdempotencyClaims.ReadFoundAsync(reader, ct);
        return (default, found.TryGetValue(claim.Claim, out var standing) ? IdempotencyClaims.Judge(claim, standing) : new CommitOutcome.InProgress());
    }

    // Fenced by the lease: who was overtaken changes nothing. Without an answer the key is free again.
    private async Task SettleAsync(IdempotencyClaim claim, DateTime until, Answer? answer)
    {
        try
        {
            var keep = answer is null ? null : await stored.StoreAsync(claim, answer, CancellationToken.None);
            await using var settle = databases.Engine.CreateCommand(keep is null
                ? "delete from idempotency where tenant_id = $1 and claim = $2 and status is null and lease_until = $3"
                : """
                  update idempotency set status = $4, location = $5, lease_until = null,
                    body = case when not $7 then $6::bytea end, sealed_body = case when $7 then $6::bytea end::relay.sealed
                  where tenant_id = $1 and claim = $2 and status is null and lease_until = $3
                  """);
            settle.Parameters.AddWithValue(claim.Tenant);
            settle.Parameters.AddWithValue(claim.Claim);
            settle.Parameters.AddWithValue(until);
            if (keep is not null)
            {
                settle.Parameters.AddWithValue(keep.Status);
                settle.Parameters.Add(new() { Value = (object?)keep.Location ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
                settle.Parameters.AddWithValue(keep.Body);
                settle.Parameters.AddWithValue(keep.Sealed);
            }
            await settle.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (LostConnection.Is(e))
        {
            // The call was made, and its answer is the truth: the client gets it, and only a repeat after the lease would call again.
        }
    }
}
