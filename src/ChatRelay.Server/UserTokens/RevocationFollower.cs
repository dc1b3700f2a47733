using ChatRelay.Storage;

namespace ChatRelay.UserTokens;

/// <summary>Keeps a node's revocations fresh, so that no request waits for them.</summary>
internal sealed class RevocationFollower(Revocations revocations, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = new WakeUp(clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await revocations.FollowAsync(stoppingToken);
                revocations.ForgetOld();
            }
            catch (Exception e) when (LostConnection.IsBehind(e) || e is OperationCanceledException)
            {
                // Who checks a token meanwhile reads for itself, and is answered 503 while there is no database.
            }
            await wake.WaitAsync(Every, stoppingToken);
        }
    }
}
