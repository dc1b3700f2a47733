using System.Net.Sockets;
using ChatRelay.Http;
using ChatRelay.Http.Document;
using ChatRelay.Protocol;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace ChatRelay.Realtime;

/// <summary>
/// POST /v1/connect/events: a socket's frames as Server-Sent Events, for networks without WebSocket. (1) the hello of the body; (2) its answer is the first
/// event, and what it lacks follows; (3) what comes, until somebody ends it.
/// </summary>
internal static class ConnectEvents
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/connect/events", Handle).WithName("connect.events").WithSummary("Follow rooms as Server-Sent Events")
        .WithDescription("The body is a `hello`; each event is a frame as on the socket, the first one its answer. It goes on from the positions of `resume`, and ends with a `bye`. Read it with fetch. docs/socket.md has the frames.")
        .TokenInBody()
        .Reads<HelloBody>("""{"v":1,"token":"eyJ…","device":"laptop","resume":{"rooms":{"room_01jd3m7q8x6zv9k2b4n5c8d1fg":{"e":"1.1-5f3a","s":17}}}}""")
        .WithMetadata(new BeforeBody(PlainDoor.AskAsync), new StaysOpen())
        .AnswersText("text/event-stream", "data: {\"id\":1,\"ok\":{\"conn\":\"…\",\"user\":\"ann\"}}\n\n")
        .Refuses(ProblemCode.Unauthorized, ProblemCode.TenantSuspended, ProblemCode.RateLimited);

    private static async Task<IResult> Handle(Body<HelloBody> body, HttpContext http, PlainDoor door, ConnectionLife life, RealtimeOptions options)
    {
        // (1)
        var stream = new EventStream();
        var come = await door.AdmitAsync(http, body, stream, Carrier.Stream, http.Abort);
        if (come is not Admitted<HelloBody>.In { Connection: var connection } admitted) return ((Admitted<HelloBody>.Not)come).Problem;
        try
        {
            Begin(http, options);
            var sending = stream.CopyToAsync(http.Response.BodyWriter, http.RequestAborted);

            try
            {
                // (2)
                await life.AnswerAsync(connection, Hello.Op, admitted.Hello.Id, admitted.Welcome.Answer);
            }
            catch
            {
                http.Abort(); // half a stream must not look like a whole one
                throw;
            }
            finally
            {
                // (3)
                await sending;
            }
        }
        finally
        {
            life.End(connection);
        }
        return Results.Empty;
    }

    private static void Begin(HttpContext http, RealtimeOptions options)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // a proxy that holds events back to fill its buffer passes them on at once
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null; // slow readers are judged by us
        // Who does not acknowledge a ping within the time for a pong is gone, and no word comes back that could say so.
        if (OperatingSystem.IsLinux()) http.Features.Get<IConnectionSocketFeature>()?.Socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, UserTimeout, BitConverter.GetBytes((int)options.Pong.TotalMilliseconds));
    }

    private const int UserTimeout = 18; // TCP_USER_TIMEOUT
}
