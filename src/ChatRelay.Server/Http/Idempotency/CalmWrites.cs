using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatRelay.Http.Idempotency;

/// <summary>Calm writes: one EF transaction behind the caller's wall, with the idempotency claim, the work, the event and the kept answer.</summary>
internal sealed class CalmWrites(RelayDbs dbs, Databases databases, StoredAnswers stored, CommitNews news)
{
    public Task<IResult> ForTenantAsync(Guid wall, Keyed keyed, Func<RelayDb, Task<IResult>> work, CancellationToken ct) =>
        RunAsync(() => dbs.ForTenant(wall), keyed, work, ct);

    /// <summary>For operators, and for what spans two walls: behind no wall, so the work names the tenant itself.</summary>
    public Task<IResult> ForEngineAsync(Keyed keyed, Func<RelayDb, Task<IResult>> work, CancellationToken ct) =>
        RunAsync(dbs.ForEngine, keyed, work, ct);

    private async Task<IResult> RunAsync(Func<RelayDb> open, Keyed keyed, Func<RelayDb, Task<IResult>> work, CancellationToken ct)
    {
        await using var db = open();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (keyed.Claim is { } claim && await TakeAsync(claim, transaction, ct) is { } outcome)
            return await stored.ToResultAsync(claim, outcome, ct);

        IResult result;
        try
        {
            result = await work(db);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return Problem.Conflict("Another object has the same unique value.");
        }
        if (result is not Answer answer) return result; // refused: disposing rolls back
        if (keyed.Claim is { } kept)
        {
            if (await stored.StoreAsync(kept, answer, ct) is not { } keep) return StoredAnswers.Closed;
            await KeepAsync(kept, keep, transaction, ct);
        }
        if (!await CommitAsync(transaction, ct)) return Problem.Unavailable;
        foreach (var rows in db.News) news.Tell(rows);
        return answer;
    }

    /// <summary>A lost answer to COMMIT is not a lost commit: PostgreSQL can tell what became of the transaction.</summary>
    private async Task<bool> CommitAsync(IDbContextTransaction transaction, CancellationToken ct)
    {
        var xid = await XidAsync(transaction, ct);
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
            return true;
        }
        catch (Exception e) when (LostConnection.Is(e))
        {
            databases.ForgetConnections();
            await using var ask = databases.Engine.CreateCommand("select pg_xact_status($1::text::xid8)");
            ask.Parameters.AddWithValue(xid);
            return await ask.ExecuteScalarAsync(ct) is "committed";
        }
    }

    private static async Task<CommitOutcome?> TakeAsync(IdempotencyClaim claim, IDbContextTransaction transaction, CancellationToken ct)
    {
        var asked = new[] { new KeptAnswer(claim, new StoredAnswer(0, null, [], false)) }; // the answer follows in KeepAsync, in this transaction
        var connection = (NpgsqlConnection)transaction.GetDbTransaction().Connection!;
        await using var batch = new NpgsqlBatch(connection);
        IdempotencyClaims.AppendTake(batch, asked);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return (await IdempotencyClaims.ReadTakeAsync(reader, asked, ct))[claim.Claim];
    }

    private static async Task KeepAsync(IdempotencyClaim claim, StoredAnswer answer, IDbContextTransaction transaction, CancellationToken ct)
    {
        await using var keep = Command(transaction,
            "update idempotency set status = $3, location = $4, body = case when not $6 then $5::bytea end, sealed_body = case when $6 then $5::bytea end::relay.sealed where tenant_id = $1 and claim = $2");
        keep.Parameters.AddWithValue(claim.Tenant);
        keep.Parameters.AddWithValue(claim.Claim);
        keep.Parameters.AddWithValue(answer.Status);
        keep.Parameters.Add(new() { Value = (object?)answer.Location ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        keep.Parameters.AddWithValue(answer.Body);
        keep.Parameters.AddWithValue(answer.Sealed);
        await keep.ExecuteNonQueryAsync(ct);
    }

    private static async Task<string> XidAsync(IDbContextTransaction transaction, CancellationToken ct)
    {
        await using var command = Command(transaction, "select pg_current_xact_id()::text");
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }

    private static NpgsqlCommand Command(IDbContextTransaction transaction, string sql) =>
        new(sql, (NpgsqlConnection)transaction.GetDbTransaction().Connection!);
}
