using System.Collections.Concurrent;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.UserTokens;

namespace ChatRelay.Realtime;

/// <summary>The open sockets of this node, by user too.</summary>
internal sealed class Sockets(RealtimeOptions options, OutboxBudget budget)
{
    private readonly ConcurrentDictionary<Guid, SocketConnection> open = new();
    private readonly ConcurrentDictionary<(Guid Wall, string User), List<SocketConnection>> byUser = new();
    private readonly ConcurrentDictionary<Guid, int> byWall = new();
    private readonly Lock relief = new();

    /// <summary>A user's socket has come, or gone.</summary>
    public event Action<SocketConnection>? Moved;

    public int Count => open.Count;
    public IEnumerable<SocketConnection> All => open.Select(o => o.Value);
    public IEnumerable<Guid> Walls => byWall.Where(w => w.Value > 0).Select(w => w.Key);

    /// <summary>False: the node holds as many as it takes.</summary>
    public bool TryOpen(SocketConnection connection) => open.Count < options.MaxSockets && open.TryAdd(connection.Id, connection);

    /// <summary>After its hello. False: the tenant has as many as it may.</summary>
    public bool TryKnow(SocketConnection connection, Verified who, Caller caller)
    {
        if (byWall.AddOrUpdate(who.Wall, 1, static (_, count) => count + 1) > options.MaxSocketsOfTenant)
        {
            byWall.AddOrUpdate(who.Wall, 0, static (_, count) => count - 1);
            return false;
        }
        connection.Know(who, caller);
        if (who.Token.User is not { } user) return true;
        SocketConnection? oldest = null;
        byUser.AddOrUpdate((who.Wall, user), _ => [connection], (_, before) =>
        {
            oldest = before.Count >= options.MaxSocketsOfUser ? before[0] : null;
            return oldest is null ? [.. before, connection] : [.. before.Skip(1), connection];
        });
        oldest?.Close(CloseCode.Replaced);
        Moved?.Invoke(connection);
        return true;
    }

    public IReadOnlyList<SocketConnection> Of(Guid wall, string user) => byUser.TryGetValue((wall, user), out var own) ? own : [];

    public void Remove(SocketConnection connection)
    {
        open.TryRemove(connection.Id, out _);
        if (connection.Who is not { } who) return;
        byWall.AddOrUpdate(who.Wall, 0, static (_, count) => count - 1);
        if (who.Token.User is not { } user) return;
        Leave((who.Wall, user), connection);
        Moved?.Invoke(connection);
    }

    private void Leave((Guid Wall, string User) key, SocketConnection connection)
    {
        while (byUser.TryGetValue(key, out var before))
        {
            List<SocketConnection> left = [.. before.Where(c => !ReferenceEquals(c, connection))];
            if (left.Count == 0 ? byUser.TryRemove(new(key, before)) : byUser.TryUpdate(key, left, before)) return;
        }
    }

    /// <summary>Too much waits on this node: those for whom the most waits go first, until there is some room again.</summary>
    public void Relieve()
    {
        lock (relief)
        {
            if (!budget.Over) return;
            foreach (var fullest in open.Values.Select(c => (Connection: c, c.Outbox.Waiting)).OrderByDescending(c => c.Waiting))
            {
                fullest.Connection.Close(CloseCode.SlowConsumer); // drops what waits
                if (budget.Waiting < options.MostWaitingOfAll / 4 * 3) return;
            }
        }
    }
}
