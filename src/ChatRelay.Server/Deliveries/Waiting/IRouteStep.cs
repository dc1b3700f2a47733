using ChatRelay.Protocol;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>A channel whose steps wait for a person instead of being sent: no attempt, no lease. The slice that owns it says what the beginning of a step is.</summary>
internal interface IRouteStep
{
    ChannelKind Channel { get; }

    /// <summary>Why some of them are not worth their wait, by delivery; the others begin.</summary>
    Task<IReadOnlyDictionary<Guid, string>> SkipsAsync(NpgsqlConnection connection, IReadOnlyList<WaitingStep> due, CancellationToken ct);

    /// <summary>In the transaction that begins them. What comes back is done once that is committed.</summary>
    Task<Action> BeginAsync(NpgsqlConnection connection, IReadOnlyList<WaitingStep> steps, CancellationToken ct);
}

/// <summary>A step that is due to wait for a person.</summary>
/// <param name="Ends">with the notification's expiry, or with the tables of its day</param>
internal sealed record WaitingStep(Guid Tenant, Guid Delivery, Guid Notification, string Target, DateTimeOffset Ends, Parcel Parcel);
