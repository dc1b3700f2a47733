using System.Diagnostics;
using System.Globalization;

namespace ChatRelay.Tests.Simulation;

/// <summary>The engine's decisions in many worlds (docs/reliability.md).</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private static readonly int First = Number("CHATRELAY_SEED", 20261121);
    private static readonly int Count = Number("CHATRELAY_SIMULATIONS", 1000);

    [Fact]
    public void Every_promise_is_kept_in_every_world()
    {
        var since = Cpu();
        for (var seed = First; seed < First + Count; seed++)
            if (World.Run(PlanDraw.Of(seed)) is { } broken) Assert.Fail(Report.Of(seed, broken, Flaw.None));
        output.WriteLine($"{Count} worlds in {(Cpu() - since).TotalSeconds:0.0} s of CPU");
    }

    private static TimeSpan Cpu() => System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime;

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
