using System.Runtime.InteropServices;

namespace ChatRelay;

/// <summary>Ctrl-C, SIGTERM or a closed terminal, from the first moment on. A second one, later, ends the process at once; the watcher then stops the database.</summary>
internal sealed class StopSignal : IDisposable
{
    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(1); // sudo and shells may pass the same key press on once more
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private long _first;

    public StopSignal(TimeProvider clock)
    {
        _clock = clock;
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    public CancellationToken Token => _source.Token;
    public Task Requested => _requested.Task;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (Interlocked.CompareExchange(ref _first, _clock.GetTimestamp(), 0) is var first and not 0)
        {
            context.Cancel = _clock.GetElapsedTime(first) < Echo;
            return;
        }
        context.Cancel = true;
        _requested.SetResult();
        _source.Cancel();
    }
}
