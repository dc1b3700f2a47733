using System.Text.RegularExpressions;

namespace ChatRelay.Tests.Simulation;

/// <summary>Makes a plan that breaks a promise shorter as long as it goes on breaking the same one: fewer happenings, then fewer letters, then fewer nodes.</summary>
internal sealed class Shrink(Flaw flaw, Promise promise, int mostRuns = 600)
{
    public int Runs { get; private set; }

    public Plan Shortest(Plan plan)
    {
        for (var before = 0; before != Size(plan) && Runs < mostRuns;)
        {
            before = Size(plan);
            plan = WithFewerHappenings(plan);
            plan = WithFewerLetters(plan);
            while (plan.Nodes > 1 && Breaks(plan with { Nodes = plan.Nodes - 1 }) is { } smaller) plan = smaller;
        }
        return plan;
    }

    // Halves first, then quarters, and at last each happening alone.
    private Plan WithFewerHappenings(Plan plan)
    {
        for (var size = Math.Max(1, plan.Happenings.Count / 2); ; size /= 2)
        {
            for (var from = 0; from < plan.Happenings.Count;)
            {
                var fewer = plan with { Happenings = [.. plan.Happenings.Take(from), .. plan.Happenings.Skip(from + size)] };
                if (Breaks(fewer) is { } shorter) plan = shorter;
                else from += size;
            }
            if (size <= 1) return plan;
        }
    }

    private Plan WithFewerLetters(Plan plan)
    {
        for (var i = 0; i < plan.Happenings.Count; i++)
        {
            while (plan.Happenings[i] is Happening.Send { Count: > 1 } send)
            {
                if ((Breaks(With(plan, i, send with { Count = send.Count / 2 })) ?? Breaks(With(plan, i, send with { Count = send.Count - 1 }))) is not { } fewer) break;
                plan = fewer;
            }
            while (plan.Happenings[i] is Happening.Send { Letter: { Steps.Count: > 1 } letter } send
                && Breaks(With(plan, i, send with { Letter = letter with { Steps = [.. letter.Steps.SkipLast(1)] } })) is { } shorter) plan = shorter;
        }
        return plan;
    }

    private static Plan With(Plan plan, int index, Happening instead) => plan with { Happenings = [.. plan.Happenings.Select((h, i) => i == index ? instead : h)] };

    private Plan? Breaks(Plan plan) => Runs++ < mostRuns && World.Run(plan.WithoutStrangers(), flaw) is { } broken && broken.Promise == promise ? plan.WithoutStrangers() : null;

    private static int Size(Plan plan) => plan.Nodes + plan.Happenings.Sum(h => h is Happening.Send send ? send.Count + send.Letter.Steps.Count : 1);
}

/// <summary>What is printed of a world that broke a promise.</summary>
internal static partial class Report
{
    private const int MostLines = 120;

    public static string Of(int seed, Broken broken, Flaw flaw)
    {
        var shrink = new Shrink(flaw, broken.Promise);
        var plan = shrink.Shortest(PlanDraw.Of(seed));
        var world = new World(plan, flaw, tells: true);
        var again = world.Run()!;
        return $"""
            Seed {seed} broke {broken.Promise}: {broken.What}
            Again: CHATRELAY_SEED={seed} CHATRELAY_SIMULATIONS=1 ./chatrelay test -class '*SimulationTests'
            The shortest plan found in {shrink.Runs} runs, {plan.Happenings.Count} of {PlanDraw.Of(seed).Happenings.Count} happenings, {plan.Nodes} nodes with {plan.Slots} places:
            {string.Join('\n', plan.Happenings)}
            Its history ({again.What}):
            {string.Join('\n', world.Story!.Where(line => Concerns(line, again.What)).TakeLast(MostLines))}
            """;
    }

    // The letter or the far end that it is about, and what happened to nodes and far ends.
    private static bool Concerns(string line, string what)
    {
        var (letter, farEnd) = (Letter().Match(what), FarEnd().Match(what));
        return !Letter().IsMatch(line) || (letter.Success ? line.Contains(letter.Value, StringComparison.Ordinal) : !farEnd.Success || line.Contains(farEnd.Value, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"to \d+\)")]
    private static partial Regex FarEnd();

    [GeneratedRegex(@"letter #\d+[, ]|letter #\d+$")]
    private static partial Regex Letter();
}
