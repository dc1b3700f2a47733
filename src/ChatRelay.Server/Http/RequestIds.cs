using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>Every answer names its request; the log has the same id.</summary>
internal static class RequestIds
{
    private static readonly object Key = new();

    public static string Of(HttpContext http) => (string)http.Items[Key]!;

    public static void Give(HttpContext http, TimeProvider clock)
    {
        var id = RelayId.New<RequestId>(clock.GetUtcNow()).ToString();
        http.Items[Key] = id;
        http.Response.Headers["Request-Id"] = id;
    }
}
