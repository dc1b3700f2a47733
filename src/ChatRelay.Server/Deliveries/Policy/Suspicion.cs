namespace ChatRelay.Deliveries;

/// <summary>
/// Whether a delivery brings nodes down. One shared crash is bad luck, and the row goes on among the others; after a second it runs alone,
/// and only a crash while it ran so is charged to it: innocent rows are never quarantined.
/// </summary>
/// <param name="Shared">crashes among others</param>
/// <param name="Alone">crashes while nothing else was in flight on the node</param>
internal readonly record struct Suspicion(int Shared, int Alone)
{
    public const int SharedLimit = 2;
    public const int AloneLimit = 3;

    /// <summary>What a row is born as, and is again after any attempt that ended in the ordinary way.</summary>
    public static readonly Suspicion None;

    public bool IsSuspect => Shared >= SharedLimit;
    public bool IsPoison => Alone >= AloneLimit;

    /// <summary>Its node died.</summary>
    /// <param name="begun">an attempt had begun</param>
    /// <param name="alone">it ran as a suspect, with nothing else in flight</param>
    public Suspicion AfterCrash(bool begun, bool alone) =>
        !begun ? this
        : alone ? this with { Alone = Alone + 1 }
        : this with { Shared = Math.Min(Shared + 1, SharedLimit) };
}
