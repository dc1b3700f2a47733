namespace ChatRelay.Tests.Simulation;

/// <summary>A rule is broken on purpose: the simulation must find it, or it proves nothing.</summary>
public sealed class TeethTests(ITestOutputHelper output)
{
    private const int First = 1, Most = 1000;

    [Theory]
    [InlineData((int)Flaw.AcknowledgesEarly, (int)Promise.NothingAcknowledgedIsLost)]
    [InlineData((int)Flaw.RescueForgetsRows, (int)Promise.NothingAcknowledgedIsLost)]
    [InlineData((int)Flaw.OrphansAreForgotten, (int)Promise.NothingAcknowledgedIsLost)]
    [InlineData((int)Flaw.LateWritesStand, (int)Promise.NoStatusMovesBackwards)]
    [InlineData((int)Flaw.RoutesAreReadEarly, (int)Promise.NoStatusMovesBackwards)]
    [InlineData((int)Flaw.BirthsRunTwice, (int)Promise.NoStepBeginsTwice)]
    [InlineData((int)Flaw.DeadlineIgnoresAttempt, (int)Promise.ADeadlineNeverEndsAStepInFlight)]
    [InlineData((int)Flaw.FirstLaneTakesAll, (int)Promise.NoTenantStarves)]
    [InlineData((int)Flaw.RoundsAreForgotten, (int)Promise.AttemptsNeverExceedTheSchedule)]
    [InlineData((int)Flaw.LooksSeldom, (int)Promise.ThrottledWorkMovesWithinASecond)]
    [InlineData((int)Flaw.OnlySeenLanesAreAsked, (int)Promise.ThrottledWorkMovesWithinASecond)]
    [InlineData((int)Flaw.EverybodyIsCharged, (int)Promise.AnInnocentRowIsNeverQuarantined)]
    [InlineData((int)Flaw.MarksAreNotChecked, (int)Promise.AMailInDoubtIsNotSentTwice)]
    [InlineData((int)Flaw.CancelsAreForgotten, (int)Promise.ACancelIsKept)]
    [InlineData((int)Flaw.OneLookIsEnough, (int)Promise.ANodeThatIsHeardKeepsItsWork)]
    [InlineData((int)Flaw.RescueGoesOn, (int)Promise.ANodeThatIsHeardKeepsItsWork)]
    [InlineData((int)Flaw.SuspectsHaveCompany, (int)Promise.ASuspectRunsAlone)]
    [InlineData((int)Flaw.DoubtIsIgnored, (int)Promise.AMailInDoubtIsNotSentTwice)]
    [InlineData((int)Flaw.OrphansAtOnce, (int)Promise.WithoutAFaultNothingIsSentTwice)]
    [InlineData((int)Flaw.SilenceIsConsent, (int)Promise.WhatIsStoredIsTrue)]
    [InlineData((int)Flaw.LostCommitsAreLate, (int)Promise.ASettlementIsToldHowItEnded)]
    public void The_simulation_finds(int flaw, int promise)
    {
        var others = new List<Promise>();
        for (var seed = First; seed < First + Most; seed++)
        {
            if (World.Run(PlanDraw.Of(seed), (Flaw)flaw) is not { } broken) continue;
            if (broken.Promise == (Promise)promise)
            {
                output.WriteLine($"{(Flaw)flaw} found in world {seed}: {broken.What}");
                return;
            }
            others.Add(broken.Promise);
        }
        Assert.Fail($"{(Flaw)flaw} did not break {(Promise)promise} in {Most} worlds, only {string.Join(", ", others.Distinct())}");
    }
}
