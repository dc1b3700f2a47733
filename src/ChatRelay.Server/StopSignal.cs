using System.Runtime.InteropServices;

namespace ChatRelay;

/// <summary>Ctrl-C, SIGTERM or a closed terminal, from the first moment on. The second one ends the process at once; the watcher then stops the database.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignal() => _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
        .Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    public CancellationToken Token => _source.Token;
    public Task Requested => _requested.Task;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = _requested.TrySetResult();
        if (context.Cancel) _source.Cancel();
    }
}
