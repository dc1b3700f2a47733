using System.Globalization;
using System.Text;

namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>Wrong headers, and wrong lengths of bodies.</summary>
internal static class Head
{
    public static void Authorization(Draft draft, Random random, string tenantKey, string operatorKey)
    {
        var key = draft.Key ?? tenantKey;
        string[] values =
        [
            "", "Authorization: ", "Authorization: Bearer", "Authorization: Bearer ", $"Authorization: {key}", $"Authorization: Basic {Convert.ToBase64String("a:b"u8)}",
            $"Authorization: Bearer {key[..^1]}{(key[^1] == '0' ? '1' : '0')}", $"Authorization: Bearer {key[..^4]}", $"Authorization: Bearer {key.ToUpperInvariant()}",
            $"Authorization: Bearer {key} {key}", $"Authorization: Bearer {key}\r\nAuthorization: Bearer {key}", $"Authorization: Bearer {new string('k', 5_000)}",
            "Authorization: Bearer cr_live_", "Authorization: Bearer é\u0080", "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
            $"Authorization: Bearer {(draft.Key == operatorKey ? tenantKey : operatorKey)}",
        ];
        draft.Authorization = values[random.Next(values.Length)];
        if (draft.Authorization.Length == 0) (draft.Authorization, draft.Key) = (null, null);
        draft.MayBeNoRequest |= draft.Authorization?.Contains('é', StringComparison.Ordinal) == true; // not UTF-8
        draft.Wrong.Add("another Authorization");
    }

    public static void Spoil(Draft draft, Random random)
    {
        string[] lines =
        [
            "Idempotency-Key: ", $"Idempotency-Key: {new string('i', 256)}", "Idempotency-Key: a b", "Idempotency-Key: a\r\nIdempotency-Key: b", "Idempotency-Key: \u00e9",
            "Accept: text/html", "Accept: application/xml;q=1, */*;q=0", "Accept-Encoding: br, gzip", "Accept-Charset: utf-16", "Accept-Language: xx",
            "Content-Encoding: gzip", "Content-Encoding: br", "Content-Language: de", "Content-Range: bytes 0-1/2", "Range: bytes=0-1", "If-Match: \"x\"", "If-None-Match: *", "If-Modified-Since: never",
            "Expect: 100-continue", "Expect: nonsense", "Upgrade: websocket\r\nConnection: Upgrade", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            "Connection: close", "X-HTTP-Method-Override: DELETE", "X-Forwarded-For: 1.2.3.4, not-an-address", "X-Forwarded-Host: evil.test", "Forwarded: for=\"[::1]:x\"",
            "Cookie: a=b; c", "Origin: https://evil.test", "Request-Id: req_mine", "traceparent: 00-x", "Trailer: X", "TE: trailers, deflate;q=0.5", "Via: 1.0 a",
        ];
        var line = lines[random.Next(lines.Length)];
        draft.MayBeNoRequest |= line.Contains('\u00e9', StringComparison.Ordinal);
        draft.Headers.Add(line);
        draft.Wrong.Add(line[..Math.Min(30, line.Length)].Split('\r')[0]);
    }

    public static void Lines(Draft draft, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                for (var i = random.Next(101, 190); i > 0; i--) draft.Headers.Add($"X-{i}: x");
                draft.Wrong.Add("over a hundred headers");
                break;
            case 1:
                draft.Headers.Add($"X-Long: {new string('x', random.Next(16_500, 28_000))}");
                draft.Wrong.Add("long headers");
                break;
            case 2:
                draft.Headers.Add($"X-Long: {new string('x', random.Next(33_000, 60_000))}");
                (draft.MayBeNoRequest, draft.MayGoUnanswered) = (true, true);
                draft.Wrong.Add("headers beyond the server's limit");
                break;
            case 3:
                for (var i = random.Next(205, 400); i > 0; i--) draft.Headers.Add($"X-{i}: x");
                (draft.MayBeNoRequest, draft.MayGoUnanswered) = (true, true);
                draft.Wrong.Add("more headers than the server's limit");
                break;
            case 4: Malformed("no colon"); break;
            case 5: Malformed("Bad Name: x"); break;
            case 6: Malformed("X-Folded: a\r\n b"); break;
            default:
                draft.Host = false;
                draft.MayBeNoRequest = true;
                draft.Wrong.Add("no Host");
                break;
        }

        void Malformed(string line)
        {
            draft.Headers.Add(line);
            draft.MayBeNoRequest = true;
            draft.Wrong.Add("a malformed header");
        }
    }

    public static void ContentType(Draft draft, Random random)
    {
        string?[] types =
        [
            null, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=foo", "application/json; charset=utf-16",
            "application/json; charset=\"\"", "application/json;;;", "application/jsonx", "application/json/x", "json", "*/*", "application/merge-patch+json", "application/json, text/plain",
            "application/json\r\nContent-Type: text/plain", new string('t', 4_000), "application/json; charset=utf-8; charset=latin-1", "application/json; é=1",
        ];
        draft.ContentType = types[random.Next(types.Length)];
        draft.MayBeNoRequest |= draft.ContentType?.Contains('é', StringComparison.Ordinal) == true;
        draft.Wrong.Add($"the media type {draft.ContentType?[..Math.Min(40, draft.ContentType.Length)]}");
    }

    public static void Framing(Draft draft, Random random)
    {
        (string Name, Func<byte[], (string, byte[])> Frame, bool Ends, bool NoRequest)[] ways =
        [
            ("a length too long", b => ($"Content-Length: {b.Length + 50}", b), true, false),
            ("a huge length", b => ("Content-Length: 9223372036854775807", b), false, false),
            ("a length beyond numbers", b => ("Content-Length: 99999999999999999999", b), false, true),
            ("a negative length", b => ("Content-Length: -1", b), false, true),
            ("a length that is none", b => ("Content-Length: ten", b), false, true),
            ("two lengths", b => ($"Content-Length: {b.Length}\r\nContent-Length: {b.Length + 1}", b), false, true),
            ("no length", b => ("X-None: 1", b), true, true),
            ("chunks and a length", b => ($"Content-Length: {b.Length}\r\nTransfer-Encoding: chunked", Chunked(b)), false, true),
            ("good chunks", b => ("Transfer-Encoding: chunked", Chunked(b)), false, false),
            ("chunks without an end", b => ("Transfer-Encoding: chunked", Chunked(b)[..^5]), true, false),
            ("a broken chunk size", b => ("Transfer-Encoding: chunked", [.. "zz\r\n"u8, .. b]), false, true),
            ("a huge chunk size", b => ("Transfer-Encoding: chunked", [.. "fffffffffffffff\r\n"u8, .. b]), false, true),
            ("an unknown coding", b => ("Transfer-Encoding: gzip, chunked", Chunked(b)), false, true),
            ("chunked not last", b => ("Transfer-Encoding: chunked, gzip", Chunked(b)), false, true),
            ("a body over the limit", b => Sized(b, 300_000), false, false),
            ("chunks over the limit", b => ("Transfer-Encoding: chunked", Chunked([.. b, .. new byte[300_000]])), false, false),
        ];
        var (name, frame, ends, noRequest) = ways[random.Next(ways.Length)];
        draft.Frame = frame;
        draft.Ends |= ends;
        draft.Last = true;
        draft.MayBeNoRequest |= noRequest;
        draft.Wrong.Add(name);
    }

    private static (string, byte[]) Sized(byte[] body, int more) => ($"Content-Length: {body.Length + more}", [.. body, .. Encoding.ASCII.GetBytes(new string(' ', more))]);

    private static byte[] Chunked(byte[] body) =>
        body.Length == 0 ? [.. "0\r\n\r\n"u8] : [.. Encoding.ASCII.GetBytes(body.Length.ToString("x", CultureInfo.InvariantCulture)), .. "\r\n"u8, .. body, .. "\r\n0\r\n\r\n"u8];
}
