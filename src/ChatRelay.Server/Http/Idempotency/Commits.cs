using ChatRelay.Storage.Commits;

namespace ChatRelay.Http.Idempotency;

/// <summary>Hot writes: the answer and what it promises go into one shared commit.</summary>
internal sealed class Commits(GroupCommit commit, StoredAnswers stored)
{
    /// <summary>Comes back after the COMMIT: with this answer, or with the first one of the same key, or with why there is none.</summary>
    public async Task<IResult> AnswerAsync(Keyed keyed, Answer answer, Action<CommitUnit> fill, CancellationToken ct)
    {
        var keep = keyed.Claim is { } claim ? new KeptAnswer(claim, await stored.StoreAsync(claim, answer, ct)) : null;
        var unit = new CommitUnit(keep);
        fill(unit);
        var outcome = await commit.WriteAsync(unit, ct);
        return outcome is CommitOutcome.Written ? answer : await stored.ToResultAsync(keyed.Claim, outcome, ct);
    }
}
