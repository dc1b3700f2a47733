using System.Text;
using ChatRelay.Outbound;

namespace ChatRelay.Channels.Email.Rest;

/// <summary>
/// Takes our own credentials out of an answer before anybody keeps it. AWS repeats the signed headers, session token included, when a
/// signature is wrong, and a proxy in between may repeat the whole request.
/// </summary>
internal static class Redaction
{
    public static OutboundReply Of(OutboundReply reply, IReadOnlyList<string> secrets)
    {
        foreach (var secret in secrets)
        {
            if (secret.Length == 0) continue;
            reply = reply with
            {
                Body = Cut(reply.Body, Encoding.UTF8.GetBytes(secret)),
                Headers = [.. reply.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.Replace(secret, "***", StringComparison.Ordinal)))],
            };
        }
        return reply;
    }

    private static ReadOnlyMemory<byte> Cut(ReadOnlyMemory<byte> body, byte[] secret)
    {
        if (body.Span.IndexOf(secret) < 0) return body;
        var clean = body.ToArray();
        for (var at = clean.AsSpan().IndexOf(secret); at >= 0; at = clean.AsSpan().IndexOf(secret)) clean.AsSpan(at, secret.Length).Fill((byte)'*');
        return clean;
    }
}
