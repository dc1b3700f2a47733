using ChatRelay.Chaos.World;
using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Faults;

/// <summary>What the world of a run has that can break.</summary>
internal readonly record struct FaultScope(int Nodes, bool Disk, bool Skew);

/// <summary>A fault, and how long after the one before it comes.</summary>
internal sealed record PlannedFault(int Number, TimeSpan Pause, Fault Fault);

/// <summary>The faults of a run: a pure function of its seed and what can break.</summary>
internal static class FaultPlan
{
    // Weights. What is asked for by name (kill -9 of nodes and of PostgreSQL) comes most often.
    private static readonly (int Weight, Func<FaultScope, Chance, Fault?> Make)[] Kinds =
    [
        (30, (scope, chance) => new Fault.KillNode(Node(scope, chance), Down(chance))),
        (4, (scope, chance) => new Fault.StopNode(Node(scope, chance), chance.Between(0, 3))),
        (8, (scope, chance) => new Fault.FreezeNode(Node(scope, chance), Frozen(chance))),
        (3, (scope, chance) => scope.Skew ? new Fault.SkewNode(Node(scope, chance), TimeSpan.FromHours(chance.NextDouble() < 0.5 ? 1 : -1), Down(chance)) : null),
        (8, (_, chance) => new Fault.EndPostgres(PostgresEnd.Killed, chance.Between(0, 3))),
        (5, (_, chance) => new Fault.EndPostgres(PostgresEnd.Immediate, chance.Between(0, 3))),
        (5, (_, chance) => new Fault.EndPostgres(PostgresEnd.Fast, chance.Between(0, 3))),
        (3, (_, chance) => new Fault.EndPostgres(PostgresEnd.Smart, chance.Between(0, 2))),
        (4, (_, chance) => new Fault.KillSession(chance.NextDouble())),
        (2, (_, chance) => new Fault.FreezePostgres(chance.Between(0.5, 6))),
        (1, (scope, chance) => scope.Disk ? new Fault.FillDisk(chance.Between(1, 6)) : null),
        (6, (scope, chance) => new Fault.CutNode(Node(scope, chance))),
        (4, (scope, chance) => new Fault.PartNode(Node(scope, chance), chance.Between(0.5, 8))),
        (3, (scope, chance) => new Fault.DelayNode(Node(scope, chance), chance.Between(0.005, 0.2), chance.Between(1, 6))),
        (3, (scope, chance) => new Fault.StallNode(Node(scope, chance), chance.Between(0.5, 8))),
        (3, (scope, chance) => new Fault.HalveNode(Node(scope, chance))),
        (8, (scope, chance) => new Fault.StrikeCommit(Node(scope, chance), chance.NextDouble() < 0.5 ? CommitFault.LoseAnswer : CommitFault.Cut, TimeSpan.FromSeconds(3))),
    ];

    private static readonly int Total = Kinds.Sum(kind => kind.Weight);

    public static PlannedFault At(long seed, int number, FaultScope scope)
    {
        var chance = SeededChance.Of(seed, "fault", number);
        var pause = chance.Between(0.5, 5.5);
        while (true)
        {
            var drawn = chance.Next(Total);
            foreach (var (weight, make) in Kinds)
            {
                drawn -= weight;
                if (drawn >= 0) continue;
                if (make(scope, chance) is { } fault) return new(number, pause, fault);
                break; // not here: draw again
            }
        }
    }

    private static int Node(FaultScope scope, Chance chance) => (int)chance.Next(scope.Nodes);

    // Mostly back soon; now and then away for so long that others have to take its work over.
    private static TimeSpan Down(Chance chance) => chance.NextDouble() < 0.04 ? chance.Between(36, 45) : chance.Between(0, 5);

    private static TimeSpan Frozen(Chance chance) => chance.NextDouble() < 0.1 ? chance.Between(40, 50) : chance.Between(0.3, 10);
}
