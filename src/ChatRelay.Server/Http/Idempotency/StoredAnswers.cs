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

    public async Task<StoredAnswer> StoreAsync(IdempotencyClaim claim, Answer answer, CancellationToken ct) => new(
        answer.Status, answer.Location,
        answer.ShowsSecret ? await sealer.SealAsync(PlaceOf(claim), answer.Body, ct) : answer.Body,
        answer.ShowsSecret);

    /// <summary>Anything but Written, as what the client gets.</summary>
    public async Task<IResult> ToResultAsync(IdempotencyClaim? claim, CommitOutcome outcome, CancellationToken ct) => outcome switch
    {
        CommitOutcome.Replayed { Answer: { Sealed: true } stored } => await sealer.OpenAsync(PlaceOf(claim!), stored.Body, ct) is { } body
            ? Answer.From(stored, body)
            : new Problem(ProblemCode.Unavailable, "The stored answer cannot be opened: this tenant's data key is not usable."),
        CommitOutcome.Replayed { Answer: var stored } => Answer.From(stored, stored.Body),
        CommitOutcome.KeyReused => new Problem(ProblemCode.IdempotencyKeyReused, "This Idempotency-Key came before with another body."),
        CommitOutcome.InProgress => InProgress,
        CommitOutcome.Unavailable { Why: var why } => Problem.Unavailable with { Detail = $"Nothing was acknowledged: {why}." },
        _ => throw new InvalidOperationException($"{outcome} has an answer of its own"),
    };

    public static Problem InProgress { get; } = new(ProblemCode.IdempotencyInProgress, "The first request with this Idempotency-Key still runs.") { RetryAfter = TimeSpan.FromSeconds(1) };

    private static SealedPlace PlaceOf(IdempotencyClaim claim) => new(claim.Tenant, "idempotency", "body", claim.Claim);
}
