using System.Net.Sockets;

namespace ChatRelay.TestKit.Processes;

/// <summary>What a client throws when the other side went away: in the call, in its answer's body, or, before either, while it looks at a connection that was just made and is gone.</summary>
public static class LostAnswer
{
    public static bool IsBehind(Exception e, CancellationToken given = default) =>
        e is HttpRequestException or IOException or SocketException || (e is TaskCanceledException && !given.IsCancellationRequested);
}
