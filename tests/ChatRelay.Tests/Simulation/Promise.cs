using ChatRelay.Deliveries;

namespace ChatRelay.Tests.Simulation;

/// <summary>What must hold in every world.</summary>
internal enum Promise
{
    NothingAcknowledgedIsLost,
    NoStatusMovesBackwards,
    NoStepBeginsTwice,
    ADeadlineNeverEndsAStepInFlight,
    NoTenantStarves,
    AttemptsNeverExceedTheSchedule,
    ThrottledWorkMovesWithinASecond,
    AnInnocentRowIsNeverQuarantined,
    ASuspectRunsAlone,
    WhatIsStoredIsTrue,
    ACancelIsKept,
    ANodeThatIsHeardKeepsItsWork,
    AMailInDoubtIsNotSentTwice,
    WithoutAFaultNothingIsSentTwice,
    ASettlementIsToldHowItEnded,
    TheWorldComesToRest,
}

/// <summary>A promise that did not hold, and where.</summary>
internal sealed record Broken(Promise Promise, TimeSpan At, string What);

/// <summary>A rule that is broken on purpose, to see that the simulation finds it.</summary>
internal enum Flaw
{
    None,

    /// <summary>A 202 before the COMMIT.</summary>
    AcknowledgesEarly,

    /// <summary>A commit that runs again puts into the queue what was delivered meanwhile.</summary>
    BirthsRunTwice,

    /// <summary>A rescue that takes care of the first row only.</summary>
    RescueForgetsRows,

    /// <summary>Nobody looks for claims whose answer was lost.</summary>
    OrphansAreForgotten,

    /// <summary>One look is enough to call a claim an orphan.</summary>
    OrphansAtOnce,

    /// <summary>A far end that does not answer is taken to have said yes.</summary>
    SilenceIsConsent,

    /// <summary>A settlement that runs again does not look whether it is written already.</summary>
    LostCommitsAreLate,

    /// <summary>A settlement that does not check its claim.</summary>
    LateWritesStand,

    /// <summary>A route that is read before its lock is taken.</summary>
    RoutesAreReadEarly,

    /// <summary>A deadline that does not look whether an attempt is in flight.</summary>
    DeadlineIgnoresAttempt,

    /// <summary>A scan that stops at the first lane.</summary>
    FirstLaneTakesAll,

    /// <summary>A settlement that does not store how many rounds have ended.</summary>
    RoundsAreForgotten,

    /// <summary>A dispatcher that looks every three seconds while work is throttled.</summary>
    LooksSeldom,

    /// <summary>A dispatcher that never scans again once a scan is dear.</summary>
    OnlySeenLanesAreAsked,

    /// <summary>A rescue that charges every row that was in a crash.</summary>
    EverybodyIsCharged,

    /// <summary>A suspect that does not wait until the node is empty.</summary>
    SuspectsHaveCompany,

    /// <summary>A claim that passes over a cancel.</summary>
    MarksAreNotChecked,

    /// <summary>A cancel that is not noted for the attempt in flight.</summary>
    CancelsAreForgotten,

    /// <summary>One look is enough to call a node dead.</summary>
    OneLookIsEnough,

    /// <summary>A rescue that takes what a node claimed after it came back.</summary>
    RescueGoesOn,

    /// <summary>A dead node's mail is tried again whatever its sender said.</summary>
    DoubtIsIgnored,
}

/// <summary>Who is told of every change in the tables.</summary>
internal interface IWitness
{
    void Claimed(Place place, ClaimedDelivery claimed);
    void Beat(Guid incarnation);
    void Marked(ClaimedDelivery claimed);
    void Entered(Place place);
    void TakenAway(Place place);
    void Recorded(Delivery delivery, AttemptRow attempt);
    void Moved(Delivery delivery, DeliveryStatus from, DeliveryStatus to);
    void Moved(Notification notification, NotificationStatus from, NotificationStatus to);
}
