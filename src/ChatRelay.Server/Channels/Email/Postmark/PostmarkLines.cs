using ChatRelay.Channels.Email.Rest;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Settings;

namespace ChatRelay.Channels.Email.Postmark;

/// <summary>
/// One line for each account: so many calls under way at most, and what comes meanwhile goes out with the next one. Nobody waits on purpose,
/// so an account with little to send makes single calls at once.
/// </summary>
internal sealed class PostmarkLines(Func<IReadOnlyList<SendRequest.Email>, Task<IReadOnlyList<SendOutcome>>> sendTogether)
{
    public const int Calls = 4;
    private const int BatchBytes = 16 * 1024 * 1024; // of the 50 MB that Postmark takes: a call has to end within one send's deadline

    private readonly Lock _lock = new();
    private readonly Dictionary<Account, Line> _lines = [];

    public Task<SendOutcome> SendAsync(SendRequest.Email send, CancellationToken ct)
    {
        if (ct.IsCancellationRequested) return Task.FromCanceled<SendOutcome>(ct);
        var waiting = new Waiting(send, ct);
        var account = Account.Of(send);
        if (JoinAndMayCall(account, waiting)) _ = CallAsync(account);
        return waiting.Outcome.Task.WaitAsync(ct);
    }

    private bool JoinAndMayCall(Account account, Waiting waiting)
    {
        lock (_lock)
        {
            if (!_lines.TryGetValue(account, out var line)) _lines.Add(account, line = new());
            line.Waiting.Enqueue(waiting);
            if (line.Calls == Calls) return false;
            line.Calls++;
            return true;
        }
    }

    private async Task CallAsync(Account account)
    {
        while (TakeOrLeave(account) is { Count: > 0 } batch)
        {
            try
            {
                var outcomes = await sendTogether([.. batch.Select(waiting => waiting.Send)]);
                for (var i = 0; i < batch.Count; i++) batch[i].Outcome.SetResult(outcomes[i]);
            }
#pragma warning disable CA1031 // Handed to whoever waits; it is caught where every sender's bug is.
            catch (Exception bug)
#pragma warning restore CA1031
            {
                foreach (var waiting in batch) waiting.Outcome.TrySetException(bug);
            }
        }
    }

    private List<Waiting> TakeOrLeave(Account account)
    {
        lock (_lock)
        {
            var line = _lines[account];
            var batch = new List<Waiting>();
            for (var bytes = 0; batch.Count < PostmarkClient.MostMessages && line.Waiting.TryPeek(out var next); line.Waiting.Dequeue())
            {
                if (next.Left.IsCancellationRequested) continue;
                bytes += RentedBody.Expect(next.Send.Message);
                if (batch.Count > 0 && bytes > BatchBytes) break;
                batch.Add(next);
            }
            if (batch.Count == 0 && --line.Calls == 0) _lines.Remove(account);
            return batch;
        }
    }

    /// <summary>Who may share a call: the same tenant's same account, by the same way.</summary>
    private sealed record Account(TenantId Tenant, ProviderId Provider, Secret Token, Uri? BaseUrl, string Allow, TimeSpan Timeout)
    {
        public static Account Of(SendRequest.Email send) =>
            new(send.Tenant, send.Account.Id, ((ProviderAccount.Postmark)send.Account).ServerToken, send.Account.BaseUrl, send.Allow.Key, send.Timeout);
    }

    private sealed class Line
    {
        public int Calls { get; set; }
        public Queue<Waiting> Waiting { get; } = new();
    }

    private sealed record Waiting(SendRequest.Email Send, CancellationToken Left)
    {
        public TaskCompletionSource<SendOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
