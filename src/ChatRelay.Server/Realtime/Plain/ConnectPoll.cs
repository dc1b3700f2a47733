using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Realtime;

/// <summary>
/// POST /v1/connect/poll: a socket's frames as answers, for networks that pass nothing else. (1) the hello of the body; (2) its answer, and what it lacks;
/// (3) if that is nothing new, the first that comes within the time. Nothing is kept between two polls: the positions say where to go on, on any node.
/// </summary>
internal static class ConnectPoll
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/connect/poll", Handle).WithName("connect.poll").WithSummary("Follow rooms by asking again")
        .WithDescription("The body is a `hello`; the answer has its answer and the frames that come after it, as on the socket. It is given at once when there is something that `resume` does not know, else with the first frame, at the latest after `wait_s`. docs/socket.md has the frames.")
        .TokenInBody()
        .Reads<Request>("""{"v":1,"token":"eyJ…","device":"laptop","wait_s":25,"resume":{"rooms":{"room_01jd3m7q8x6zv9k2b4n5c8d1fg":{"e":"1.1-5f3a","s":17}}}}""")
        .WithMetadata(new BeforeBody(PlainDoor.AskAsync), new StaysOpen())
        .Answers<View>(200, """{"frames":[{"id":1,"ok":{"conn":"…","user":"ann"}},{"ev":"msg","r":"room_01jd3m7q8x6zv9k2b4n5c8d1fg","e":"1.1-5f3a","s":18}]}""")
        .Refuses(ProblemCode.Unauthorized, ProblemCode.TenantSuspended, ProblemCode.RateLimited);

    internal sealed record Request : HelloBody
    {
        [Between(0, 25), Note("How long to wait for something new.")]
        public int WaitS { get; init; } = 25;
    }

    internal sealed record View
    {
        [Note("In their order. At most some 256 KB: ask again, and the rest follows.")]
        public required IReadOnlyList<RawJson> Frames { get; init; }
    }

    private static async Task<IResult> Handle(Body<Request> body, HttpContext http, PlainDoor door, ConnectionLife life, RelayClock clock)
    {
        // (1)
        var sink = new PollSink();
        var come = await door.AdmitAsync(http, body, sink, Carrier.Poll, static () => { });
        if (come is not Admitted<Request>.In { Connection: var connection } admitted) return ((Admitted<Request>.Not)come).Problem;
        try
        {
            // (2)
            await life.AnswerAsync(connection, Hello.Op, admitted.Hello.Id, admitted.Welcome.Answer);

            // (3)
            if (!admitted.Welcome.HasNews) await sink.Woken.WaitAsync(TimeSpan.FromSeconds(admitted.Hello.WaitS), clock, http.RequestAborted);
        }
        catch (TimeoutException)
        {
            // Nothing came: the answer says where everything stands.
        }
        finally
        {
            life.End(connection);
        }
        return new Answer(200, sink.Take());
    }
}
