using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ChatRelay.Http;

namespace ChatRelay.UserTokens;

/// <summary>A compact JWS taken apart, nothing of it believed: what its header names is only looked up or compared.</summary>
internal sealed record TokenText(string Algorithm, string Kid, byte[] Signed, byte[] Signature, JsonElement Claims)
{
    public const int Longest = 8 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Three parts and no fourth (a JWE has five), each in the one form that base64url has, and the type that we name.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, [NotNullWhen(true)] out TokenText? token)
    {
        token = null;
        if (text.Length > Longest || text.Count('.') != 2 || !Ascii.IsValid(text)) return false;
        var (first, last) = (text.IndexOf('.'), text.LastIndexOf('.'));
        if (Object(text[..first]) is not { } header || Object(text[(first + 1)..last]) is not { } claims || Bytes(text[(last + 1)..]) is not { } signature) return false;
        if (Text(header, "typ") != UserToken.Type || Text(header, "alg") is not { } algorithm || Text(header, "kid") is not { Length: > 0 and <= 128 } kid) return false;
        if (header.TryGetProperty("crit", out _)) return false; // it may not be passed over, and we know no such member
        token = new(algorithm, kid, Encoding.ASCII.GetBytes(text[..last].ToArray()), signature, claims);
        return true;
    }

    public static string Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> claims, Func<byte[], byte[]> sign)
    {
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? Object(ReadOnlySpan<char> part)
    {
        if (Bytes(part) is not { } bytes || !Utf8.IsValid(bytes)) return null;
        try
        {
            using var document = JsonDocument.Parse(bytes, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException) // no JSON, or a member twice: the reader has no other way to say it
        {
            return null;
        }
    }

    // The framework takes white space, padding and stray low bits: one token would have many texts.
    private static byte[]? Bytes(ReadOnlySpan<char> part)
    {
        if (part.IsEmpty || !Base64Url.IsValid(part)) return null;
        var bytes = Base64Url.DecodeFromChars(part);
        return part.SequenceEqual(Base64Url.EncodeToString(bytes)) ? bytes : null;
    }
}
