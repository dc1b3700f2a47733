using System.Globalization;
using System.Text;

namespace ChatRelay.Protocol;

/// <summary>What a receiver learns from the three headers.</summary>
public enum WebhookVerdict
{
    Good,
    Malformed,
    TooOld,
    TooNew,
    WrongSignature,
}

/// <summary>Standard Webhooks: the signature is over `id.timestamp.body`, one word for each key that is good at the time.</summary>
public static class WebhookSignature
{
    public static readonly TimeSpan DefaultTolerance = TimeSpan.FromMinutes(5);

    /// <summary>The webhook-signature header. While a secret is rolled both sign, and either passes.</summary>
    public static string Sign(IReadOnlyList<WebhookKey> keys, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var content = Content(id, at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), body);
        return string.Join(' ', keys.Select(key => $"{key.Version},{Convert.ToBase64String(key.Sign(content))}"));
    }

    public static WebhookVerdict Verify(
        IReadOnlyList<WebhookKey> keys, string id, string timestamp, string signatures, ReadOnlySpan<byte> body,
        DateTimeOffset now, TimeSpan? tolerance = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(signatures);
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return WebhookVerdict.Malformed;
        var age = now.ToUnixTimeSeconds() - seconds;
        var limit = (long)(tolerance ?? DefaultTolerance).TotalSeconds;
        if (age > limit) return WebhookVerdict.TooOld;
        if (age < -limit) return WebhookVerdict.TooNew;

        // The timestamp is signed as it was written, so that no other text of the same number passes.
        var content = Content(id, timestamp, body);
        Span<byte> signature = stackalloc byte[64];
        foreach (var word in signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var comma = word.IndexOf(',', StringComparison.Ordinal);
            if (comma < 0 || !Convert.TryFromBase64Chars(word.AsSpan(comma + 1), signature, out var length)) continue;
            foreach (var key in keys)
                if (word.AsSpan(0, comma).SequenceEqual(key.Version) && key.Verifies(content, signature[..length])) return WebhookVerdict.Good;
        }
        return WebhookVerdict.WrongSignature;
    }

    private static byte[] Content(string id, string timestamp, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes($"{id}.{timestamp}.");
        var content = new byte[head.Length + body.Length];
        head.CopyTo(content, 0);
        body.CopyTo(content.AsSpan(head.Length));
        return content;
    }
}
