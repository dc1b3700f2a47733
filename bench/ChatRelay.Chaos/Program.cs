using System.Diagnostics;
using System.Runtime.InteropServices;
using ChatRelay.Chaos.Faults;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Scenarios;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using ChatRelay.TestKit.Load;

const string Usage = """
    ./chatrelay chaos [scenario…] [--seed N] [--minutes M] [--faults N] [--release FOLDER] [--detach]
    ./chatrelay chaos status [SEED] | stop [SEED] | resume SEED [--detach] | plan SEED
    """;

switch (ChaosArguments.Read(args, [.. All.ByName.Keys], Chance.Secure.Next(1_000_000_000)))
{
    case ChaosArguments.Begin(var request, var detach):
        var fresh = new RunFolder(request.Seed);
        if (fresh.Read() is not null) return Fail($"There is a run with the seed {request.Seed} already: resume it, or remove {fresh.Path}.");
        fresh.Write(new RunState { Request = request, Began = DateTimeOffset.UtcNow, Machine = Machine.Here().ToString() });
        return await CarryOnAsync(fresh, detach);

    case ChaosArguments.Resume(var seed, var detach):
        var known = new RunFolder(seed);
        if (known.Read() is not { } state) return Fail($"There is no run with the seed {seed}.");
        if (known.Living() is { } pid && pid != Environment.ProcessId) return Fail($"The run {seed} is carried on by process {pid}.");
        if (state.Done) return Fail($"The run {seed} has ended: {known.File("report.md")}");
        return await CarryOnAsync(known, detach);

    case ChaosArguments.Plan(var seed):
        foreach (var planned in Enumerable.Range(0, FaultsScenario.Faults).Select(number => FaultPlan.At(seed, number, new(FaultsScenario.Nodes.Count, Disk: true, Skew: true))))
            Console.WriteLine($"{planned.Number} after {planned.Pause.TotalSeconds:0.0} s: {planned.Fault}");
        return 0;

    case ChaosArguments.Status(var seed):
        if ((seed is { } asked ? new RunFolder(asked) : RunFolder.Newest()) is not { } shown || shown.Read() is not { } told) return Fail("There is no such run.");
        Console.WriteLine($"seed {shown.Seed}: {(told.Done ? "done" : shown.Living() is { } living ? $"{told.Current ?? "starting"}, process {living}" : "not running; resume it")}");
        foreach (var (name, holds) in told.Ended) Console.WriteLine($"{name}: {(holds ? "holds" : "DOES NOT HOLD")}");
        if (File.Exists(shown.Log)) foreach (var line in File.ReadLines(shown.Log).TakeLast(10)) Console.WriteLine(line);
        return 0;

    case ChaosArguments.Stop(var seed):
        if ((seed is { } named ? new RunFolder(named) : RunFolder.Newest())?.Living() is not { } running) return Fail("No such run is carried on by anybody.");
        Signals.Send(running, Signals.Terminate);
        return 0;

    default:
        Console.Error.WriteLine($"{Usage}\nScenarios: {string.Join(' ', All.ByName.Keys)}; all of them if none is named. docs/reliability.md tells what each does.");
        return 64;
}

// A run goes on for an hour, and starts nodes all the while: it works from a copy, so that nobody's next build comes between.
static async Task<int> CarryOnAsync(RunFolder folder, bool detach)
{
    if (AppContext.BaseDirectory == folder.Programs) return await HereAsync(folder);
    folder.KeepPrograms(AppContext.BaseDirectory);
    string[] command = ["dotnet", Path.Combine(folder.Programs, Path.GetFileName(typeof(All).Assembly.Location)), "resume", $"{folder.Seed}"];
    Console.WriteLine($"seed {folder.Seed}, {folder.Path}");
    if (detach)
    {
        using var started = Process.Start("setsid", ["--fork", "sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", folder.Log, .. command]);
        Console.WriteLine($"It runs by itself: ./chatrelay chaos status {folder.Seed}");
        return 0;
    }
    using var attached = Process.Start(command[0], command[1..]);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => PassOn(signal, attached.Id));
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true); // the terminal tells both
    await attached.WaitForExitAsync();
    return attached.ExitCode;
}

static void PassOn(PosixSignalContext signal, int pid)
{
    signal.Cancel = true;
    Signals.Send(pid, Signals.Terminate);
}

static async Task<int> HereAsync(RunFolder folder)
{
    using var stop = new CancellationTokenSource();
    void Cancel(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
    try
    {
        return await new Run(folder, All.ByName, stop.Token).CarryOnAsync() ? 0 : 1;
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        Console.WriteLine($"Stopped. It goes on with: ./chatrelay chaos resume {folder.Seed}");
        return 130;
    }
    catch (Exception e) when (e is not OutOfMemoryException) // here, so that nodes and PostgreSQL were stopped on the way
    {
        Console.Error.WriteLine(e);
        return 1;
    }
}

static int Fail(string line)
{
    Console.Error.WriteLine(line);
    return 2;
}
