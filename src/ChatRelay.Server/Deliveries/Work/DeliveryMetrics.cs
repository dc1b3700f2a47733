using System.Diagnostics.Metrics;
using ChatRelay.Channels;
using ChatRelay.Protocol;

namespace ChatRelay.Deliveries;

/// <summary>What the engine counts. Names are stable; labels are closed lists, never a tenant's own words.</summary>
internal sealed class DeliveryMetrics : IDisposable
{
    private readonly Meter _meter = new("ChatRelay.Deliveries");
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _stale;
    private readonly Counter<long> _rescued;
    private readonly Histogram<double> _waited;
    private long _staleCount, _rescuedCount;

    public DeliveryMetrics()
    {
        _attempts = _meter.CreateCounter<long>("chatrelay_attempts_total", description: "Attempts that ended, by outcome.");
        _stale = _meter.CreateCounter<long>("chatrelay_stale_writes_total", description: "Outcomes that came after their claim was taken away.");
        _rescued = _meter.CreateCounter<long>("chatrelay_rescued_total", description: "Claims taken over from a node that died.");
        _waited = _meter.CreateHistogram<double>("chatrelay_first_attempt_seconds", "s", "From acceptance to the first attempt.");
    }

    public long StaleWrites => Interlocked.Read(ref _staleCount);
    public long RescuedClaims => Interlocked.Read(ref _rescuedCount);

    public void Began(ClaimedDelivery delivery, DateTimeOffset at)
    {
        if (delivery.Attempt == 1) _waited.Record(Math.Max(0, (at - RelayId.TimeOf(delivery.Id)).TotalSeconds));
    }

    public void Settled(SendOutcome outcome, Settled settled)
    {
        _attempts.Add(1, new KeyValuePair<string, object?>("outcome", Words.Of(outcome.Outcome)));
        if (settled is not Deliveries.Settled.Stale) return;
        _stale.Add(1);
        Interlocked.Increment(ref _staleCount);
    }

    public void Rescued(int claims)
    {
        _rescued.Add(claims);
        Interlocked.Add(ref _rescuedCount, claims);
    }

    public void Dispose() => _meter.Dispose();
}
