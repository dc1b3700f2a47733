using ChatRelay.Realtime;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using Npgsql;

namespace ChatRelay.Presence;

/// <summary>
/// Signals to devices that are connected here, whatever node took them. The table is read on: at once when this node kept one, and every so often for those of others. One
/// that was given is remembered for as long as it could be read again.
/// </summary>
internal sealed partial class SignalFeed(Sockets sockets, SignalTable table, ThisNode node, RelayClock clock, ILogger<SignalFeed> log) : BackgroundService
{
    private static readonly TimeSpan Beside = TimeSpan.FromMilliseconds(200), Alone = TimeSpan.FromSeconds(3), Again = TimeSpan.FromSeconds(1);

    private readonly WakeUp wake = new(clock);
    private readonly Dictionary<Guid, DateTimeOffset> given = [];
    private ulong? readUpTo;
    private long told;

    public long Told => Volatile.Read(ref told);

    public void Wake() => wake.Signal();

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryReadOnAsync(cancellationToken); // before the first socket opens
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await wake.WaitAsync(node.Live > 1 ? Beside : Alone, stoppingToken);
            while (!await TryReadOnAsync(stoppingToken) && !stoppingToken.IsCancellationRequested) await wake.WaitAsync(Again, stoppingToken);
        }
    }

    private async Task<bool> TryReadOnAsync(CancellationToken ct)
    {
        try
        {
            var (found, upTo) = await table.NewAsync(readUpTo, ct);
            readUpTo = upTo;
            foreach (var signal in found)
                if (given.TryAdd(signal.Id, signal.ExpiresAt)) Give(signal);
            if (found.Count == 0 && given.Count > 0) Forget();
            return true;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return true; // the node stops: what is kept is in the table
        }
        catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
        {
            LogBlind(e.GetType().Name);
            return false;
        }
    }

    private void Give(StoredSignal signal)
    {
        var here = sockets.Of(signal.Wall, signal.User);
        if (here.Count == 0) return;
        var frame = SignalFrames.ToDevices(signal);
        foreach (var connection in here.Where(c => signal.IsFor(c.Device)))
        {
            if (connection.Outbox.Offer(frame, FrameClass.Answer) is Offered.Full) connection.Close(Protocol.CloseCode.SlowConsumer);
            connection.Outbox.Flush();
            told++; // only the loop writes it
        }
    }

    private void Forget()
    {
        var now = clock.GetUtcNow();
        foreach (var (id, ends) in given)
            if (ends <= now) given.Remove(id);
    }

    [LoggerMessage(2710, LogLevel.Warning, "signals.unread {Reason}")]
    private partial void LogBlind(string reason);
}

/// <summary>A newcomer's device gets what is kept for it, after the answer to its hello.</summary>
internal sealed class GreetSignals(SignalTable table)
{
    public Greeter Greeter => new(GreetAsync);

    private async Task<Greeting> GreetAsync(SocketCall call, CancellationToken ct)
    {
        if (call.Caller.User is not { User: { } user } token) return Nothing;
        var kept = await table.OfAsync(call.Caller.Wall, user, token.Device, ct);
        return kept.Count == 0 ? Nothing : new(static _ => { }, () =>
        {
            foreach (var signal in kept) call.Connection.Outbox.Offer(SignalFrames.ToDevices(signal), FrameClass.Answer);
            call.Connection.Outbox.Flush();
            return Task.CompletedTask;
        });
    }

    private static readonly Greeting Nothing = new(static _ => { }, static () => Task.CompletedTask);
}
