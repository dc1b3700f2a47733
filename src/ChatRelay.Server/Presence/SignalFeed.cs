using System.Runtime.CompilerServices;
using System.Text.Json;
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
    private readonly ConditionalWeakTable<SocketConnection, SignalQueue> queues = [];
    private ulong? readUpTo;
    private long told;

    public long Told => Volatile.Read(ref told);

    public void Wake() => wake.Signal();

    /// <summary>From now on this connection gets what is said to its device; what was said before is in the table.</summary>
    public SignalQueue Open(SocketConnection connection) => queues.GetOrAdd(connection, static c => new SignalQueue(c));

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
        foreach (var connection in here.Where(c => signal.IsFor(c.Device)))
        {
            if (!queues.TryGetValue(connection, out var queue)) continue; // its hello is still to read the table
            queue.Give(signal);
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

/// <summary>What one connection is told, in the table's order: a newcomer's wait until it has what is kept for its device.</summary>
internal sealed class SignalQueue(SocketConnection connection)
{
    private readonly Lock gate = new();
    private List<StoredSignal>? meanwhile = [];
    private HashSet<Guid> had = [];

    public void Give(StoredSignal signal)
    {
        lock (gate)
        {
            if (had.Contains(signal.Id)) return;
            if (meanwhile is not null) meanwhile.Add(signal);
            else Offer([signal]);
        }
    }

    /// <summary>What is kept, and what came meanwhile. The node may come upon either of them in the table only now.</summary>
    /// <param name="has">what the device has already, as it says</param>
    public void Begin(IReadOnlyList<StoredSignal> kept, IReadOnlySet<Guid> has)
    {
        lock (gate)
        {
            var first = kept.Concat(meanwhile ?? []).DistinctBy(s => s.Id).Where(s => !has.Contains(s.Id)).ToList();
            had = [.. has, .. first.Select(s => s.Id)];
            Offer(first);
            meanwhile = null;
        }
    }

    private void Offer(List<StoredSignal> signals)
    {
        foreach (var signal in signals)
            if (connection.Outbox.Offer(SignalFrames.ToDevices(signal), FrameClass.Answer) is Offered.Full) connection.Close(Protocol.CloseCode.SlowConsumer);
        if (signals.Count > 0) connection.Outbox.Flush();
    }
}

/// <summary>A newcomer's device gets what is kept for it, after the answer to its hello.</summary>
internal sealed class GreetSignals(SignalFeed feed)
{
    private const int MostNamed = 200;
    private static readonly Greeting Nothing = new(static _ => { }, static () => Task.CompletedTask);

    public Greeter Greeter => new(GreetAsync);

    private async Task<Greeting> GreetAsync(SocketCall call, TenantTrip trip, CancellationToken ct)
    {
        if (call.Caller.User is not { User: { } user } token) return Nothing;
        var queue = feed.Open(call.Connection); // before the table is read: nothing falls between the two
        var kept = await SignalTable.OfAsync(trip, call.Caller.Wall, user, token.Device);
        var had = HadBy(call.Frame);
        return new(static _ => { }, () =>
        {
            queue.Begin(kept, had);
            return Task.CompletedTask;
        });
    }

    private static HashSet<Guid> HadBy(JsonElement frame) =>
        frame.TryGetProperty("resume", out var resume) && resume.ValueKind == JsonValueKind.Object && resume.TryGetProperty("signals", out var signals) && signals.ValueKind == JsonValueKind.Array
            ? [.. signals.EnumerateArray().Take(MostNamed).Where(s => s.ValueKind == JsonValueKind.String).Select(s => Guid.TryParseExact(s.GetString(), "n", out var sid) ? sid : default)]
            : [];
}
