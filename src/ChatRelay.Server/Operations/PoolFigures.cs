using System.Diagnostics.Metrics;

namespace ChatRelay.Operations;

/// <summary>The pools as Npgsql counts them: connections when they are asked for, who waits as it comes and goes. A pool's name is its door's.</summary>
internal sealed class PoolFigures : IHostedService, IDisposable
{
    private static readonly SortedSet<string> Known = ["owner", "engine", "request", "keys", "queue"];
    private readonly Lock gate = new();
    private readonly MeterListener listener = new();
    private readonly SortedDictionary<(string Pool, string State), double> connections = [];
    private readonly Dictionary<string, double> waiting = [];

    // From the first connection on: who waits is told as one more or one less, and one that was missed would be missing for good.
    public Task StartAsync(CancellationToken cancellationToken)
    {
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument is { Meter.Name: "Npgsql", Name: "db.client.connection.count" or "db.client.connection.npgsql.pending_requests" }) it.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public IEnumerable<(string Labels, double Value)> Connections()
    {
        lock (gate)
        {
            connections.Clear();
            listener.RecordObservableInstruments();
            return [.. connections.Select(c => ($"pool=\"{c.Key.Pool}\",state=\"{c.Key.State}\"", c.Value))];
        }
    }

    /// <summary>Zero too: a line that only came with the first who waits could not be watched before.</summary>
    public IEnumerable<(string Labels, double Value)> Waiting()
    {
        lock (gate) return [.. Known.Select(pool => ($"pool=\"{pool}\"", waiting.GetValueOrDefault(pool)))];
    }

    public void Dispose() => listener.Dispose();

    // On the thread of whoever waits for a connection, or on ours, which holds the gate already. Pools of one name in a process are one line.
    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var (pool, state) = ("", "");
        foreach (var tag in tags)
        {
            if (tag.Key == "db.client.connection.pool.name") pool = tag.Value as string ?? "";
            if (tag.Key == "db.client.connection.state") state = tag.Value as string ?? "";
        }
        if (!Known.Contains(pool)) return; // a pool without a name of ours would show its address
        lock (gate)
        {
            if (instrument.Name.EndsWith("count", StringComparison.Ordinal)) connections[(pool, state)] = connections.GetValueOrDefault((pool, state)) + value;
            else waiting[pool] = waiting.GetValueOrDefault(pool) + value;
        }
    }
}
