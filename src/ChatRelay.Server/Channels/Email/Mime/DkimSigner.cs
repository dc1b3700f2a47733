using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using ChatRelay.Providers;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>RFC 6376 with a key that was read: relaxed/relaxed, rsa-sha256.</summary>
internal sealed class DkimSigner : IDisposable
{
    private const int LongestPiece = 66;

    // Named once more than they stand there: none can be added on the way. The second row is signed where it stands.
    private static readonly string[] Always = ["From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];
    private static readonly string[] WhereGiven = ["In-Reply-To", "References", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"];

    private readonly DkimKey _key;
    private readonly RSA _rsa;

    private DkimSigner(DkimKey key, RSA rsa) => (_key, _rsa) = (key, rsa);

    /// <summary>The fault says what is wrong with the key in words that repeat nothing of it.</summary>
    public static bool TryRead(DkimKey key, [NotNullWhen(true)] out DkimSigner? signer, [NotNullWhen(false)] out string? fault)
    {
        signer = null;
        fault = "The DKIM domain and selector have to be names of letters, digits, '-', '_' and dots.";
        if (!IsName(key.Domain) || !IsName(key.Selector)) return false;
        (var rsa, fault) = key.Open();
        if (rsa is not null) signer = new(key, rsa);
        return rsa is not null;
    }

    /// <summary>The header to put above the others. Its time is the mail's own, so the same mail is signed the same.</summary>
    public HeaderField Sign(IReadOnlyList<HeaderField> fields, DateTimeOffset at, byte[] bodyHash)
    {
        var names = Named(fields);
        HeaderField Line(string signature) => new HeaderLine("DKIM-Signature")
            .Words(["v=1;", "a=rsa-sha256;", "c=relaxed/relaxed;", $"d={_key.Domain};", $"s={_key.Selector};", $"t={at.ToUnixTimeSeconds()};"])
            .Words(Pieces($"h={string.Join(':', names)};", after: ':')).Word($"bh={Convert.ToBase64String(bodyHash)};").Words(Pieces($"b={signature}")).End();

        var text = new StringBuilder();
        foreach (var name in names.Distinct())
            foreach (var field in fields.Where(f => Is(f, name)).Reverse()) text.Append(field.Relaxed()).Append("\r\n"); // the lowest is taken first
        text.Append(Line("").Relaxed());
        var signature = _rsa.SignData(Encoding.ASCII.GetBytes(text.ToString()), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return Line(Convert.ToBase64String(signature));
    }

    public void Dispose() => _rsa.Dispose();

    private static List<string> Named(IReadOnlyList<HeaderField> fields)
    {
        var names = new List<string>();
        foreach (var name in Always.Concat(WhereGiven))
        {
            var count = fields.Count(f => Is(f, name));
            if (count > 0 || Always.Contains(name)) names.AddRange(Enumerable.Repeat(name, count + 1));
        }
        return names;
    }

    private static bool Is(HeaderField field, string name) => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>White space may stand in base64, and beside the colons of a list.</summary>
    private static IEnumerable<string> Pieces(string text, char? after = null)
    {
        while (text.Length > LongestPiece)
        {
            var length = after is { } mark ? text.LastIndexOf(mark, LongestPiece - 1) + 1 : LongestPiece;
            yield return text[..length];
            text = text[length..];
        }
        yield return text;
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 253 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
