using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Realtime;

/// <summary>How a connection begins, is answered and ends, whatever carries it.</summary>
internal sealed partial class ConnectionLife(Sockets sockets, Hub hub, OutboxBudget budget, RealtimeOptions options, RelayClock clock, ILogger<ConnectionLife> log)
{
    /// <summary>Above the node's number it is closed at once.</summary>
    public SocketConnection Open(FrameSink sink, Carrier carrier, string? origin, Action abort)
    {
        var outbox = new Outbox(sink, budget, options.MostWaiting, clock);
        var connection = new SocketConnection(Guid.CreateVersion7(clock.GetUtcNow()), outbox, origin, new(options.OpsBurst, clock.GetUtcNow()), clock, abort) { Carrier = carrier };
        if (!sockets.TryOpen(connection)) connection.Close(CloseCode.OverCapacity);
        return connection;
    }

    /// <summary>An answer, and then what follows it.</summary>
    public async Task AnswerAsync(SocketConnection connection, string op, long id, OpAnswer answer)
    {
        connection.Send(answer.ToFrame(id));
        if (answer is not OpAnswer.Ok { Then: { } then }) return;
        try
        {
            await then();
        }
        catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
        {
            LogFailed(e, op);
            connection.Close(CloseCode.Resync); // what was promised by the answer cannot be kept here
        }
    }

    /// <summary>What it followed is let go.</summary>
    public void End(SocketConnection connection)
    {
        connection.End();
        foreach (var feed in connection.Following()) hub.Detach(connection, feed);
        sockets.Remove(connection);
        LogClosed(connection.Id, connection.Carrier, connection.Who is { } who ? new Protocol.TenantId(who.Wall) : null, connection.Closed?.Code, clock.GetElapsedTime(connection.OpenedAt).TotalSeconds);
    }

    [LoggerMessage(2610, LogLevel.Information, "socket.closed {Connection} {Carrier} {TenantId} {Code} after {Seconds:0.0} s")]
    private partial void LogClosed(Guid connection, Carrier carrier, Protocol.TenantId? tenantId, int? code, double seconds);

    [LoggerMessage(2613, LogLevel.Error, "socket.unfinished {Op}")]
    private partial void LogFailed(Exception fault, string op);
}
