using ChatRelay.ApiKeys;
using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Realtime;

/// <summary>Who came in, or why not.</summary>
internal abstract record Admitted<T> where T : HelloBody
{
    private Admitted() { }

    public sealed record In(SocketConnection Connection, T Hello, HelloOutcome.Welcome Welcome) : Admitted<T>;

    public sealed record Not(Problem Problem) : Admitted<T>;
}

/// <summary>A hello that comes as a request: (1) whose it is, and not too often; (2) its form; (3) a connection, that is known or refused. Refusals are those of any request.</summary>
internal sealed class PlainDoor(TokenCallers callers, Hello hello, ConnectionLife life)
{
    /// <summary>Asked before the body is read.</summary>
    public static ValueTask<Problem?> AskAsync(HttpContext http) => ValueTask.FromResult(http.RequestServices.GetRequiredService<SocketDoor>().Ask() is { } wait ? Full(wait) : null);

    public async Task<Admitted<T>> AdmitAsync<T>(HttpContext http, Body<T> body, FrameSink sink, Carrier carrier, Action abort) where T : HelloBody
    {
        // (1)
        if (await callers.RefusalAsync(http, body.TextOf("token") ?? "") is { } unknown) return new Admitted<T>.Not(unknown);

        // (2)
        if (!body.TryRead(out var given)) return new Admitted<T>.Not(body.Problem);

        // (3)
        var connection = life.Open(sink, carrier, http.Request.Headers.Origin is [{ } origin] ? origin : null, abort);
        HelloOutcome? come = null;
        try
        {
            come = connection.Closed is { } full ? new HelloOutcome.Refused(full) : await hello.TakeAsync<T>(connection, body.Json, http.RequestAborted);
            return come switch
            {
                HelloOutcome.Welcome welcome => new Admitted<T>.In(connection, given, welcome),
                HelloOutcome.Wrong wrong => new Admitted<T>.Not(wrong.Problem),
                HelloOutcome.Refused refused => new Admitted<T>.Not(ProblemOf(refused.Code)),
                _ => throw new InvalidOperationException("a hello is taken or refused"),
            };
        }
        finally
        {
            if (come is not HelloOutcome.Welcome) life.End(connection);
        }
    }

    private static Problem ProblemOf(CloseCode code) =>
        code == CloseCode.Suspended ? TokenCallers.Suspended : code.Then == ComeBack.Never ? TokenCallers.NotValid : Full(TimeSpan.FromSeconds(5));

    private static Problem Full(TimeSpan wait) => new(ProblemCode.Unavailable, "This node takes no further connections now.") { RetryAfter = wait };
}
