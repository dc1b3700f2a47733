namespace ChatRelay.Deliveries;

/// <summary>
/// Retries that keep failing are held to a tenth of a target's fresh traffic and a trickle;
/// one that succeeds pays itself back and more, so that a healthy target is drained at full speed.
/// </summary>
internal static class RetryBudget
{
    public const double OfFresh = 0.1;
    public const double ForSuccess = 1.1;

    /// <summary>Without fresh traffic there is still one retry a second, and ten at once.</summary>
    public static readonly Rate Trickle = new(1, 10);

    public static TokenBucket AfterFresh(TokenBucket budget) => budget.More(OfFresh, Trickle);
    public static TokenBucket AfterRetrySucceeded(TokenBucket budget) => budget.More(ForSuccess, Trickle);
}
