using System.Security.Cryptography;
using System.Text;
using ChatRelay.Protocol;
using ChatRelay.Storage.Commits;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.Http.Idempotency;

/// <summary>The Idempotency-Key of a request, hashed with its caller, method and path into one claim.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>Null without the header; a problem if it is not 1 to 255 visible ASCII characters.</summary>
    public static (IdempotencyClaim? Claim, Problem? Problem) Read(HttpContext http, ReadOnlySpan<byte> body)
    {
        var values = http.Request.Headers[Header];
        if (values.Count == 0) return default;
        var key = values.Count == 1 ? values[0]! : "";
        if (key.Length is 0 or > 255 || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return (null, new Problem(ProblemCode.InvalidIdempotencyKey, "An Idempotency-Key is one header of 1 to 255 visible ASCII characters."));

        var (tenant, caller) = http.Features.Get<Caller>() is { } known ? (known.Wall, known.User is { User: var user } ? $"{known.Wall:n} {user}" : $"{known.Wall:n}")
            : (Guid.Empty, $"{http.Features.GetRequiredFeature<OperatorCaller>().Key.Value:n}");
        return (new IdempotencyClaim(tenant, Hash(caller, http.Request.Method, http.Request.Path, key), SHA256.HashData(body)), null);
    }

    internal static Guid Hash(string caller, string method, string path, string key)
    {
        var text = Encoding.UTF8.GetBytes($"{caller}\n{method}\n{path}\n{key}"); // none of the first three can hold a line feed
        return new Guid(SHA256.HashData(text).AsSpan(0, 16));
    }
}
