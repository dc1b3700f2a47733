namespace ChatRelay.TestKit.Processes;

/// <summary>A data folder for one server, gone after it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("chatrelay-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
