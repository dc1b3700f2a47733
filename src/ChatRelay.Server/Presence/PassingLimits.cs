using System.Collections.Concurrent;
using ChatRelay.Realtime;

namespace ChatRelay.Presence;

/// <summary>How often a user's signal of a kind is passed on in a room by this node: typing once in three seconds, others ten times a second.</summary>
internal sealed class PassingLimits(TimeProvider clock)
{
    private static readonly TimeSpan Typing = TimeSpan.FromSeconds(3), Other = TimeSpan.FromMilliseconds(100);

    /// <summary>How long typing is shown: said again within that time it is not a beginning.</summary>
    public static readonly TimeSpan TypingIsShown = TimeSpan.FromSeconds(8);
    private const int SweepAbove = 10_000;

    private readonly ConcurrentDictionary<(FeedId Room, string User, string Kind), long> last = new();

    public bool MayPass(FeedId room, string user, string kind) => !last.TryGetValue((room, user, kind), out var before) || clock.GetElapsedTime(before) >= EveryOf(kind);

    /// <summary>It is passed on now. Whether it begins: nothing of it is shown any more.</summary>
    public bool Passes(FeedId room, string user, string kind)
    {
        if (last.Count > SweepAbove)
            foreach (var (key, at) in last)
                if (clock.GetElapsedTime(at) > TypingIsShown) last.TryRemove(new(key, at));
        var begins = !last.TryGetValue((room, user, kind), out var before) || clock.GetElapsedTime(before) >= TypingIsShown;
        last[(room, user, kind)] = clock.GetTimestamp();
        return begins;
    }

    private static TimeSpan EveryOf(string kind) => kind == SignalInput.Typing ? Typing : Other;
}
