using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Deliveries;

/// <summary>What this node's engine counts since it started. Closed lists only: never a tenant, a target, or a word of theirs.</summary>
internal sealed class DeliveryMetrics
{
    private static readonly int Channels = Enum.GetValues<ChannelKind>().Length;
    private readonly long[] _attempts = new long[Channels * Enum.GetValues<Outcome>().Length];
    private long _stale, _rescued;

    public long StaleWrites => Interlocked.Read(ref _stale);
    public long RescuedClaims => Interlocked.Read(ref _rescued);

    /// <summary>From acceptance, or the time that a delivery was scheduled for, to its first attempt.</summary>
    public Histogram FirstAttempts { get; } = new(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300);

    /// <summary>Attempts that ended here; what never happened is left out.</summary>
    public IEnumerable<(ChannelKind Channel, Outcome Outcome, long Count)> Attempts()
    {
        for (var i = 0; i < _attempts.Length; i++)
            if (Interlocked.Read(ref _attempts[i]) is > 0 and var count) yield return ((ChannelKind)(i % Channels), (Outcome)(i / Channels), count);
    }

    public void Began(ClaimedDelivery delivery, DateTimeOffset at)
    {
        if (delivery.Attempt != 1) return;
        var waited = at - (delivery.DueAt ?? RelayId.TimeOf(delivery.Id));
        FirstAttempts.Count(waited > TimeSpan.Zero ? waited : TimeSpan.Zero);
    }

    public void Settled(ClaimedDelivery delivery, SendOutcome outcome, Settled settled)
    {
        Interlocked.Increment(ref _attempts[((int)outcome.Outcome * Channels) + (int)delivery.Channel]);
        if (settled is Deliveries.Settled.Stale) Interlocked.Increment(ref _stale);
    }

    public void Rescued(int claims) => Interlocked.Add(ref _rescued, claims);
}
