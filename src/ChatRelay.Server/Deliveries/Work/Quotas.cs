using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Deliveries;

/// <summary>
/// Daily quotas, counted durably before a mail is sent: over all nodes no more are sent than the quota, whoever crashes. A mail that did not
/// go out is given back. An account that is used up rests on this node; it is asked again every minute, since mails may come back.
/// </summary>
internal sealed class Quotas(GroupCommit commit, WorkBoard board, RelayClock clock)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    /// <summary>False: not today, or the database is away.</summary>
    public async Task<bool> TakeAsync(Provider account)
    {
        if (account.DailyQuota is not { } quota) return true;
        var row = new QuotaRow(account.TenantId, account.Id.Value, quota, back: false);
        var written = await commit.WriteAsync(new CommitUnit().Add(QuotaRow.Rows, row), CancellationToken.None) is CommitOutcome.Written;
        if (written && row.Granted) return true;
        var (now, soon) = (clock.GetUtcNow(), clock.GetUtcNow() + AskAgain);
        if (written) board.Rest(AccountLimits.TargetOf(account), soon < DayAfter(now) ? soon : DayAfter(now));
        return false;
    }

    /// <summary>A count that is not given back is a mail less today: no reason to wait for a database that is away.</summary>
    public async Task GiveBackAsync(Provider account)
    {
        if (account.DailyQuota is not { } quota) return;
        if (await commit.WriteAsync(new CommitUnit().Add(QuotaRow.Rows, new(account.TenantId, account.Id.Value, quota, back: true)), CancellationToken.None) is CommitOutcome.Written)
            board.Rest(AccountLimits.TargetOf(account), null);
    }

    /// <summary>When the day turns, in UTC.</summary>
    public static DateTimeOffset DayAfter(DateTimeOffset now) => new(now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
}
