using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>Draws a plan from a seed.</summary>
internal static class PlanDraw
{
    public static Plan Of(int seed)
    {
        var random = new Random(seed);
        var (nodes, tenants) = (random.Next(2, 5), random.Next(2, 6));
        var slowest = random.Next(3) == 0 ? 6000 : 300;
        var farEnds = Enumerable.Range(0, tenants * 3).Select(n => new FarEnd(
            n, n / 3, n % 3 == 2 ? ChannelKind.Email : ChannelKind.Webhook, TimeSpan.FromMilliseconds(random.Next(5, slowest)))).ToList();
        var plan = new Plan(seed, nodes, random.Next(3) switch { 0 => 8, 1 => 16, _ => 32 }, tenants, farEnds, []);

        // Everything within two minutes, or close together.
        var when = new When(random, random.Next(2) == 0 ? TimeSpan.FromSeconds(120) : TimeSpan.FromSeconds(30));
        var sends = Sends(random, when, plan);
        var happenings = new List<Happening>(sends);
        for (var i = random.Next(8); i > 0; i--) happenings.Add(Asks(random, when, sends));
        if (random.Next(8) > 0)
        {
            for (var i = random.Next(5); i > 0; i--) happenings.Add(Troubles(random, when, plan));
            for (var i = random.Next(10); i > 0; i--) happenings.Add(Faults(random, when, plan));
            for (var i = random.Next(3); i > 0; i--) happenings.Add(Jumps(random, when, plan));
        }
        plan = plan with { ScanTakes = random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(20, 120)) : TimeSpan.Zero };
        return plan with { Happenings = [.. happenings.OrderBy(h => h.At)] };
    }

    private readonly record struct When(Random Random, TimeSpan Within)
    {
        public TimeSpan Next() => TimeSpan.FromMilliseconds(Random.Next((int)Within.TotalMilliseconds));
    }

    private static List<Happening.Send> Sends(Random random, When when, Plan plan)
    {
        var sends = new List<Happening.Send>();
        var greedy = random.Next(plan.Tenants);
        var poison = random.Next(4) == 0 ? random.Next(1, 6) : 0;
        for (var i = random.Next(8, 30); i > 0; i--)
        {
            var many = random.Next(6) == 0;
            var letter = LetterOf(random, plan, many ? greedy : random.Next(plan.Tenants)) with { Poison = poison-- > 0 };
            var count = letter.Poison ? 1 : !many ? random.Next(1, 4) : random.Next(12) == 0 ? random.Next(1000, 3000) : random.Next(20, 150);
            sends.Add(new(when.Next(), sends.Count, random.Next(plan.Nodes), count, letter));
        }
        return sends;
    }

    private static Letter LetterOf(Random random, Plan plan, int tenant)
    {
        var steps = Enumerable.Range(0, random.Next(3) == 0 ? random.Next(2, 4) : 1).Select(_ =>
        {
            var farEnd = plan.FarEnds[(tenant * 3) + random.Next(3)];
            var until = farEnd.Channel is ChannelKind.Email && random.Next(4) == 0 ? (Until)random.Next(1, 3) : Until.Accepted;
            return new LetterStep(farEnd.Number, until, random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(1, 90)) : null, (OnUnknown)random.Next(3));
        }).ToList();
        return new(tenant, (Priority)random.Next(3), steps)
        {
            SendIn = random.Next(6) == 0 ? TimeSpan.FromSeconds(random.Next(1, random.Next(3) == 0 ? 40_000 : 60)) : null,
            ExpiresIn = random.Next(6) == 0 ? TimeSpan.FromSeconds(random.Next(60, 400)) : null,
            Schedule = random.Next(4) == 0 ? null : [.. Enumerable.Range(0, random.Next(1, 6)).Select(n => n == 0 ? 0 : random.Next(1, 8 * n))],
        };
    }

    // While it is likely to be under way.
    private static Happening.Ask Asks(Random random, When when, List<Happening.Send> sends)
    {
        var about = sends[random.Next(sends.Count)];
        var after = random.Next(3) == 0 ? when.Next() : TimeSpan.FromMilliseconds(random.Next(1, random.Next(2) == 0 ? 50 : 10_000));
        return new(about.At + after, about.Number, (Wish)(random.Next(3) == 0 ? (int)Wish.Cancel : random.Next(6)));
    }

    private static Happening.Trouble Troubles(Random random, When when, Plan plan) => new(
        when.Next(), TimeSpan.FromSeconds(random.Next(2, random.Next(3) == 0 ? 120 : 20)), random.Next(plan.FarEnds.Count), (Ailment)random.Next(7));

    private static Happening.Fault Faults(Random random, When when, Plan plan)
    {
        var harm = (Harm)random.Next(8);
        var node = harm is Harm.Restart or Harm.Slow or Harm.Lossy or Harm.Deaf ? -1 : random.Next(plan.Nodes);
        var most = harm switch { Harm.Crash when random.Next(4) == 0 => 300, Harm.Freeze or Harm.Cut => 100, Harm.Slow or Harm.Restart => 45, _ => 12 };
        return new(when.Next(), TimeSpan.FromSeconds(random.NextDouble() * random.Next(1, most)), node, harm);
    }

    private static Happening.Jump Jumps(Random random, When when, Plan plan) => new(
        when.Next(), random.Next(2) == 0 ? -1 : random.Next(plan.Nodes), TimeSpan.FromSeconds(random.Next(2) == 0 ? random.Next(-60, 60) : random.Next(-3600, 3600)));
}
