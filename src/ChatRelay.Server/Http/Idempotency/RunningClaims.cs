using System.Collections.Concurrent;

namespace ChatRelay.Http.Idempotency;

/// <summary>Keyed requests that run on this node. A database lock is re-entrant within a session, so twins are told apart here first.</summary>
internal sealed class RunningClaims
{
    private readonly ConcurrentDictionary<Guid, byte> running = new();

    public bool TryEnter(Guid claim) => running.TryAdd(claim, 0);
    public void Leave(Guid claim) => running.TryRemove(claim, out _);
}
