using ChatRelay.Deliveries;
using ChatRelay.Http.Idempotency;

namespace ChatRelay.Notifications;

/// <summary>An event to its endpoint again, the one way for all who ask: for a delivery, at its endpoint, or on the customers' page.</summary>
internal sealed class ResendEvent(Moves moves, EventRepeat repeat, OrderedWork ordered)
{
    public async Task<IResult> RunAsync(Keyed keyed, DeliveryFacts delivery, bool alsoSent, Func<Repeated.Made, IResult> answer, CancellationToken ct)
    {
        OrderKey? turn = null;
        var result = await moves.RunAsync(keyed, async connection =>
        {
            var repeated = await repeat.DeliveryAsync(connection, delivery, alsoSent, ct);
            turn = (repeated as Repeated.Made)?.Turn;
            return ResendNotification.ResultOf(repeated, answer);
        }, ct);
        if (turn is { } key) await ordered.LetGoAsync([key], ct);
        return result;
    }
}
