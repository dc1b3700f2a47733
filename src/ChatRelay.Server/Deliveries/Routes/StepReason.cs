namespace ChatRelay.Deliveries;

/// <summary>Why a step was left, for its timeline.</summary>
internal static class StepReason
{
    public static string? Of(RouteState before, RouteEvent happened, RouteState now, int step)
    {
        var status = now.Steps[step].Status;
        if (status == before.Steps[step].Status) return null;
        if (happened is RouteEvent.LeftOut left && left.Step == step && left.As == status) return left.Reason;
        return status switch
        {
            DeliveryStatus.Expired => happened.At >= before.ExpiresAt ? "expires_at" : "within_s",
            DeliveryStatus.Skipped => now.Steps.Take(step).Any(s => s.Status.IsSuccess()) ? "earlier_step_reached" : "earlier_step_in_doubt",
            _ => null,
        };
    }
}
