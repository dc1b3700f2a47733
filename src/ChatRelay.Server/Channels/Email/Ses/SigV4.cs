using System.Security.Cryptography;
using System.Text;
using ChatRelay.Settings;

namespace ChatRelay.Channels.Email.Ses;

/// <summary>What is signed of a request. The path is the one on the wire; names and values of the query are plain.</summary>
internal sealed record SignedRequest(string Method, string Path, ReadOnlyMemory<byte> Body)
{
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    /// <summary>Host and x-amz-date have to be among them.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }
}

/// <summary>Who signs, for which service and where.</summary>
internal sealed record SigningScope(string AccessKeyId, Secret SecretAccessKey, string Region, string Service);

/// <summary>AWS Signature Version 4: a pure function of request, key and time. docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv4-create-signed-request.html</summary>
internal static class SigV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>As x-amz-date has it.</summary>
    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'");

    /// <summary>The value of the Authorization header.</summary>
    public static string Authorization(SignedRequest request, SigningScope scope, DateTimeOffset at)
    {
        // (1) the request in one canonical form
        var headers = Merged(request.Headers);
        var signed = string.Join(';', headers.Select(header => header.Name));
        var canonical = string.Join('\n',
            request.Method,
            string.Join('/', request.Path.Split('/').Select(Uri.EscapeDataString)),
            string.Join('&', Canonical(request.Query).Select(pair => $"{pair.Name}={pair.Value}")),
            string.Concat(headers.Select(header => $"{header.Name}:{header.Value}\n")),
            signed,
            Convert.ToHexStringLower(SHA256.HashData(request.Body.Span)));

        // (2) what is signed: its hash, with time and scope
        var stamp = Stamp(at);
        var scopeText = $"{stamp[..8]}/{scope.Region}/{scope.Service}/aws4_request";
        var text = $"{Algorithm}\n{stamp}\n{scopeText}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";

        // (3) a key that is good for this day, region and service only
        var key = Encoding.UTF8.GetBytes($"AWS4{scope.SecretAccessKey.Reveal()}");
        foreach (var part in scopeText.Split('/')) key = Hmac(key, part);
        return $"{Algorithm} Credential={scope.AccessKeyId}/{scopeText}, SignedHeaders={signed}, Signature={Convert.ToHexStringLower(Hmac(key, text))}";
    }

    private static List<(string Name, string Value)> Merged(IReadOnlyList<KeyValuePair<string, string>> headers) =>
    [
        .. headers.GroupBy(header => header.Key.ToLowerInvariant(), header => Spaced(header.Value), StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, string.Join(',', group))),
    ];

    private static IEnumerable<(string Name, string Value)> Canonical(IReadOnlyList<KeyValuePair<string, string>> query) => query
        .Select(pair => (Name: Uri.EscapeDataString(pair.Key), Value: Uri.EscapeDataString(pair.Value)))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal);

    private static string Spaced(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
