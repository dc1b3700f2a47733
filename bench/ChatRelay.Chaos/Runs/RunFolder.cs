using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Runs;

/// <summary>How far a run is.</summary>
internal sealed record RunState
{
    public required RunRequest Request { get; init; }
    public required DateTimeOffset Began { get; init; }

    /// <summary>Where it began and with which revision: its programs are kept, whatever the sources become.</summary>
    public required string Machine { get; init; }

    /// <summary>The process that carries it on, and when that began: numbers are given again.</summary>
    public int? Process { get; init; }
    public string? Current { get; init; }

    /// <summary>The scenarios that have ended, and whether they hold.</summary>
    public IReadOnlyDictionary<string, bool> Ended { get; init; } = new Dictionary<string, bool>();

    public bool Done => Request.Scenarios.All(Ended.ContainsKey);
}

/// <summary>The folder of a run, named by its seed: state, log, reports, and a folder for each scenario.</summary>
internal sealed class RunFolder(long seed)
{
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static string Root => Repository.File("artifacts/chaos");

    public long Seed => seed;
    public string Path => System.IO.Path.Combine(Root, $"{seed}");
    public string Programs => File("bin") + System.IO.Path.DirectorySeparatorChar;
    public string Log => File("run.log");
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The run that was touched last.</summary>
    public static RunFolder? Newest() => !Directory.Exists(Root) ? null
        : new DirectoryInfo(Root).GetFiles("state.json", SearchOption.AllDirectories).OrderByDescending(file => file.LastWriteTimeUtc)
            .Select(file => long.TryParse(file.Directory!.Name, out var named) ? new RunFolder(named) : null).FirstOrDefault(folder => folder is not null);

    public RunState? Read() => !System.IO.File.Exists(File("state.json")) ? null
        : JsonSerializer.Deserialize<RunState>(System.IO.File.ReadAllText(File("state.json")), Indented);

    /// <summary>Whole or not at all: a kill in between leaves the state before.</summary>
    public void Write(RunState state)
    {
        Directory.CreateDirectory(Path);
        System.IO.File.WriteAllText(File("state.new"), JsonSerializer.Serialize(state, Indented));
        System.IO.File.Move(File("state.new"), File("state.json"), overwrite: true);
    }

    /// <summary>Harness and server as they are now, unless an earlier part of the run has kept them already.</summary>
    public void KeepPrograms(string from)
    {
        if (Directory.Exists(Programs)) return;
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var to = System.IO.Path.Combine(File("bin.new"), System.IO.Path.GetRelativePath(from, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(to)!);
            System.IO.File.Copy(file, to, overwrite: true);
        }
        Directory.Move(File("bin.new"), Programs);
    }

    /// <summary>The process that carries this run on, if it lives.</summary>
    public int? Living()
    {
        if (Read()?.Process is not { } pid) return null;
        try
        {
            return System.IO.File.ReadAllText($"/proc/{pid}/cmdline").Contains("ChatRelay.Chaos", StringComparison.Ordinal) ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
