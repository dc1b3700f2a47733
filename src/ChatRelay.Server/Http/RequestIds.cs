using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>Every answer names its request; the log has the same id.</summary>
internal static class RequestIds
{
    public static string Of(HttpContext http) => http.TraceIdentifier; // the server's own log lines carry it too

    public static void Give(HttpContext http, TimeProvider clock)
    {
        var id = RelayId.New<RequestId>(clock.GetUtcNow()).ToString();
        http.TraceIdentifier = id;
        http.Response.Headers["Request-Id"] = id;
    }
}
