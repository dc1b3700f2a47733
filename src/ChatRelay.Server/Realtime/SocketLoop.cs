using System.Buffers;
using System.Collections.Frozen;
using System.IO.Pipelines;
using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Realtime;

/// <summary>
/// A socket's life. (1) it opens; (2) its frames are read, one after the other; (3) the first op is hello; (4) an op is looked up, done and answered before
/// the next one; (5) the end: what it followed is let go, and whoever is still there is read dry, since a reset would take the last frames away.
/// </summary>
internal sealed partial class SocketLoop(
    ConnectionLife life, Hello hello, IEnumerable<SocketOps> ops, RealtimeOptions options, RelayClock clock, ILogger<SocketLoop> log)
{
    public const int MostBytes = 128 * 1024;

    private readonly FrozenDictionary<string, SocketOp> table = ops.SelectMany(o => o.All).ToFrozenDictionary(o => o.Name);

    public async Task RunAsync(IDuplexPipe transport, string? origin, Action abort)
    {
        // (1)
        var connection = life.Open(new SocketSink(transport.Output), Carrier.Socket, origin, abort);
        try
        {
            await ReadAsync(connection, transport.Input);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // Reset, or aborted by us: the same end.
        }
        finally
        {
            // (5)
            life.End(connection);
        }
    }

    // (2)
    private async Task ReadAsync(SocketConnection connection, PipeReader input)
    {
        var frames = new FrameReader(MostBytes);
        while (true)
        {
            var read = await input.ReadAsync();
            var buffer = read.Buffer;
            while (frames.TryRead(ref buffer) is { } incoming)
            {
                connection.Hear();
                if (!frames.Amid) connection.AmidSince = null; // what comes next has its own time
                await TakeAsync(connection, incoming);
            }
            if (connection.Closed is not null) buffer = buffer.Slice(buffer.End); // nothing counts any more
            connection.AmidSince = buffer.IsEmpty && !frames.Amid ? null : connection.AmidSince ?? clock.GetTimestamp();
            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted || connection.ClosedByBoth) return;
        }
    }

    private ValueTask TakeAsync(SocketConnection connection, Incoming incoming)
    {
        switch (incoming)
        {
            case Incoming.Text text when connection.Closed is null:
                return DoAsync(connection, text.Bytes);
            case Incoming.Ping ping:
                connection.Send(Frames.Pong(ping.Payload.Span));
                break;
            case Incoming.Close close:
                connection.CloseBack(close.Code);
                break;
            case Incoming.Broken broken:
                connection.Close(broken.Code);
                break;
        }
        return ValueTask.CompletedTask;
    }

    private async ValueTask DoAsync(SocketConnection connection, ReadOnlyMemory<byte> text)
    {
        using var syntax = JsonSyntax.Read(text);
        if (syntax.Document?.RootElement is not { ValueKind: JsonValueKind.Object } frame || !frame.TryGetProperty("op", out var named) || named.ValueKind != JsonValueKind.String)
        {
            connection.Close(CloseCode.BadFrame);
            return;
        }
        var name = named.GetString()!;
        if (name == "pong") return;
        if (!frame.TryGetProperty("id", out var numbered) || numbered.ValueKind != JsonValueKind.Number || !numbered.TryGetInt64(out var id))
        {
            connection.Close(CloseCode.BadFrame);
            return;
        }

        connection.Busy = true;
        try
        {
            if (!await connection.Outbox.HasRoomAsync(CancellationToken.None)) return; // who does not read what it asked for asks for no more; a stall ends it
            if (await AnswerOfAsync(connection, name, frame) is { } answer) await life.AnswerAsync(connection, name, id, answer); // else it was closed instead
        }
        finally
        {
            connection.Busy = false;
        }
    }

    private async Task<OpAnswer?> AnswerOfAsync(SocketConnection connection, string name, JsonElement frame)
    {
        var isNew = connection.Who is null;
        try
        {
            // (3)
            if (connection.Who is not { } who)
            {
                return (name == Hello.Op ? await hello.TakeAsync<Hello.Request>(connection, frame, CancellationToken.None) : new HelloOutcome.Refused(CloseCode.NoHello)) switch
                {
                    HelloOutcome.Welcome welcome => welcome.Answer,
                    HelloOutcome.Wrong wrong => OpAnswer.Of(wrong.Problem),
                    HelloOutcome.Refused refused => Closed(connection, refused.Code),
                    _ => throw new InvalidOperationException("a hello is taken or refused"),
                };
            }

            // (4)
            if (connection.Ops.TryTake(options.OpsPerSecond, options.OpsBurst, clock.GetUtcNow()) is { Taken: false, Wait: var wait }) return TooOften(connection, wait);
            return table.TryGetValue(name, out var op)
                ? await op.HandleAsync(new SocketCall(connection, who, frame, connection.Caller!), CancellationToken.None) // an op that has begun is done, whoever leaves
                : new OpAnswer.Failed(ProblemCode.ValidationFailed.Code, "There is no such op.", "/op");
        }
        catch (Exception e) when (LostConnection.IsBehind(e))
        {
            LogUnavailable(name, e.GetType().Name);
            return isNew ? Closed(connection, CloseCode.OverCapacity) : OpAnswer.Of(Problem.Unavailable); // half known is not known: it says hello again where there is a database
        }
        catch (PostgresException e) // a fault of ours in one op: the others go on
        {
            LogFailed(e, name);
            return isNew ? Closed(connection, CloseCode.Resync) : OpAnswer.Of(new Problem(ProblemCode.Internal, "A fault of the relay."));
        }
    }

    /// <summary>Who does not slow down after as many refusals as they may send at once is closed.</summary>
    private OpAnswer? TooOften(SocketConnection connection, TimeSpan wait)
    {
        if (++connection.Refused > options.OpsBurst) return Closed(connection, CloseCode.Rate);
        return OpAnswer.Of(new Problem(ProblemCode.RateLimited, $"Over {options.OpsPerSecond} ops a second.") { RetryAfter = wait });
    }

    private static OpAnswer? Closed(SocketConnection connection, CloseCode code)
    {
        connection.Close(code);
        return null;
    }

    [LoggerMessage(2611, LogLevel.Warning, "socket.unavailable {Op} {Reason}")]
    private partial void LogUnavailable(string op, string reason);

    [LoggerMessage(2612, LogLevel.Error, "socket.failed {Op}")]
    private partial void LogFailed(Exception fault, string op);
}
