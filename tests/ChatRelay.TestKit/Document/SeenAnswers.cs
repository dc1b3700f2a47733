using System.Collections.Concurrent;

namespace ChatRelay.TestKit.Document;

/// <summary>Which documented answers any test has seen as they should be: a line each, in a file of this process, in the folder that `SEEN_ANSWERS` names.</summary>
public static class SeenAnswers
{
    public static string? Folder { get; } = Environment.GetEnvironmentVariable("SEEN_ANSWERS") is { Length: > 0 } named ? named : null;

    private static readonly ConcurrentDictionary<string, byte> seen = new();
    private static readonly Lock writing = new();

    public static string Line(string operation, string status) => $"{operation} {status}";

    // Written at once: a process that is killed has seen what it has seen.
    public static void Note(string operation, int status)
    {
        if (Folder is null || Line(operation, $"{status}") is var line && !seen.TryAdd(line, 0)) return;
        lock (writing) File.AppendAllText(Path.Combine(Folder, $"{Environment.ProcessId}.txt"), $"{line}\n");
    }
}
