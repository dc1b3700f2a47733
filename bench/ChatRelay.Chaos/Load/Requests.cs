using System.Text;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Chaos.Load;

/// <summary>Requests as bytes, for loads that are counted and not journalled: the body bears the number that the sink notes.</summary>
internal static class Requests
{
    private static readonly string Text = new('x', 300);

    public static string Notification(Uri url, long number, DateTimeOffset? at = null) =>
        $$$"""{"to":{"webhook":{"url":"{{{url}}}"}},{{{(at is { } when ? $"\"send_at\":\"{when:yyyy-MM-ddTHH:mm:ss.fffZ}\"," : "")}}}"content":{"data":{"n":{{{number}}},"text":"{{{Text}}}"} } }""";

    public static byte[] Single(string key, Uri url, long number) => HttpLoad.Post("/v1/notifications", key, Encoding.UTF8.GetBytes(Notification(url, number)));

    /// <summary>Accepted in batches of 500 at most; throws if one is not.</summary>
    public static async Task SendAsync(HttpClient http, IReadOnlyList<string> notifications, CancellationToken ct)
    {
        foreach (var part in notifications.Chunk(500))
        {
            using var body = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"notifications":[{{string.Join(',', part)}}]}"""));
            body.Headers.ContentType = new("application/json");
            using var said = await http.PostAsync(new Uri("/v1/notifications/batch", UriKind.Relative), body, ct);
            if ((int)said.StatusCode != 202) throw new InvalidOperationException($"{(int)said.StatusCode} {await said.Content.ReadAsStringAsync(ct)}");
        }
    }
}
