using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;

namespace ChatRelay.Http.Idempotency;

/// <summary>Keeping first answers and giving them again. Those that show a secret are sealed.</summary>
internal sealed class StoredAnswers(Databases databases, Sealer sealer)
{
    /// <summary>Before a rule of its content refuses a keyed request: did it succeed once?</summary>
    public async Task<IResult?> FindAsync(IdempotencyClaim claim, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { IdempotencyClaims.FindCommand([claim]) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = await IdempotencyClaims.ReadFoundAsync(reader, ct);
        return found.TryGetValue(claim.Claim, out var standing) ? await ToResultAsync(claim, IdempotencyClaims.Judge(claim, standing), ct) : null;
    }

    /// <summary>Null if it shows a secret and the tenant's data key is not usable.</summary>
    public async ValueTask<StoredAnswer?> StoreAsync(IdempotencyClaim claim, Answer answer, CancellationToken ct)
    {
        if (!answer.ShowsSecret) return new(answer.Status, answer.Location, answer.Body, Sealed: false);
        var value = await sealer.SealAsync(CellOf(claim), answer.Body, ct);
        return value.Done ? new(answer.Status, answer.Location, value.Bytes, Sealed: true) : null;
    }

    /// <summary>Anything but Written, as what the client gets.</summary>
    public async Task<IResult> ToResultAsync(IdempotencyClaim? claim, CommitOutcome outcome, CancellationToken ct) => outcome switch
    {
        CommitOutcome.Replayed { Answer: { Sealed: true } stored } =>
            await sealer.OpenAsync(CellOf(claim!), stored.Body, ct) is Opened.Plain { Bytes: var body } ? Answer.From(stored, body) : Closed,
        CommitOutcome.Replayed { Answer: var stored } => Answer.From(stored, stored.Body),
        CommitOutcome.KeyReused => new Problem(ProblemCode.IdempotencyKeyReused, "This Idempotency-Key came before with another body."),
        CommitOutcome.InProgress => InProgress,
        CommitOutcome.Unavailable { Why: var why } => Problem.Unavailable with { Detail = $"Nothing was acknowledged: {why}." },
        _ => throw new InvalidOperationException($"{outcome} has an answer of its own"),
    };

    public static Problem InProgress { get; } = new(ProblemCode.IdempotencyInProgress, "The first request with this Idempotency-Key still runs.") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static Problem Closed { get; } = new(ProblemCode.Unavailable, "This tenant's data key is not usable: an operator must look at it.");

    private static SealedCell CellOf(IdempotencyClaim claim) => new(claim.Tenant, "idempotency", "sealed_body", claim.Claim);
}
