namespace ChatRelay.Deliveries;

/// <summary>Whether a delivery brings nodes down. Only a crash while it ran alone counts, so that innocent rows are never charged.</summary>
internal readonly record struct Suspicion(bool Suspect, int Crashes)
{
    public const int Limit = 3;
    /// <summary>What a row is born as, and is again after any attempt that ended in the ordinary way.</summary>
    public static readonly Suspicion None;

    public bool IsPoison => Crashes >= Limit;

    /// <summary>Its node died.</summary>
    /// <param name="begun">an attempt had begun</param>
    /// <param name="alone">it ran as a suspect, with nothing else in flight</param>
    public Suspicion AfterCrash(bool begun, bool alone) =>
        !begun ? this
        : Suspect && alone ? this with { Crashes = Crashes + 1 }
        : this with { Suspect = true };
}
