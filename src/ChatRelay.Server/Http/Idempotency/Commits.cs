using ChatRelay.Storage.Commits;

namespace ChatRelay.Http.Idempotency;

/// <summary>Hot writes: the answer and what it promises go into one shared commit.</summary>
internal sealed class Commits(GroupCommit commit, StoredAnswers stored)
{
    /// <summary>What the key was answered before: asked by whoever writes something large ahead of its commit.</summary>
    public async Task<IResult?> StandingAsync(Keyed keyed, CancellationToken ct) => keyed.Claim is { } claim ? await stored.FindAsync(claim, ct) : null;

    /// <summary>Comes back after the COMMIT: with this answer, or with the first one of the same key, or with why there is none.</summary>
    /// <param name="alone">in a commit of its own: one that may be refused must not take others with it</param>
    public async Task<IResult> AnswerAsync(Keyed keyed, Answer answer, Action<CommitUnit> fill, CancellationToken ct, bool alone = false)
    {
        KeptAnswer? keep = null;
        if (keyed.Claim is { } claim)
        {
            if (await stored.StoreAsync(claim, answer, ct) is not { } first) return StoredAnswers.Closed;
            keep = new KeptAnswer(claim, first);
        }
        var unit = new CommitUnit(keep);
        fill(unit);
        var outcome = await (alone ? commit.WriteAloneAsync(unit, ct) : commit.WriteAsync(unit, ct));
        return outcome is CommitOutcome.Written ? answer : await stored.ToResultAsync(keyed.Claim, outcome, ct);
    }
}
