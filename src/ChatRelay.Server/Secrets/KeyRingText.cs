using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ChatRelay.Secrets;

/// <summary>The ring as JSON: fingerprint (may be left out when written by hand), root and numbered keys in base64.</summary>
internal static class KeyRingText
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static byte[] Write(KeyRing ring) => JsonSerializer.SerializeToUtf8Bytes(
        new Form
        {
            Fingerprint = ring.Fingerprint,
            Root = Convert.ToBase64String(ring.Root.Bytes),
            Keys = ring.Numbers.ToDictionary(
                number => number.ToString(CultureInfo.InvariantCulture),
                number => Convert.ToBase64String(ring.Find(number)!.Key.Bytes)),
        }, Strict);

    /// <summary>Says what is wrong without repeating a character of it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out KeyRing? ring, [NotNullWhen(false)] out string? fault)
    {
        (ring, fault) = (null, null);
        Form? form;
        try
        {
            form = JsonSerializer.Deserialize<Form>(text, Strict);
        }
        catch (JsonException)
        {
            form = null;
        }
        if (form is null) return Refuse("is not a key ring in JSON", out fault);
        if (!TryKey(form.Root, out var root)) return Refuse("has a root that is not 32 bytes in base64", out fault);

        var keys = new List<RingKey>();
        foreach (var (name, value) in form.Keys)
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1
                || name != number.ToString(CultureInfo.InvariantCulture))
                return Refuse("has a key whose number is not 1, 2, 3, …", out fault);
            if (!TryKey(value, out var key)) return Refuse($"has a key {number} that is not 32 bytes in base64", out fault);
            keys.Add(new RingKey(number, key));
        }
        if (keys.Count == 0) return Refuse("has no keys", out fault);

        var read = new KeyRing(root, keys);
        if (form.Fingerprint is { } named && named != read.Fingerprint)
            return Refuse("is damaged: its root does not give its fingerprint", out fault);
        ring = read;
        return true;
    }

    private static bool Refuse(string why, out string fault)
    {
        fault = why;
        return false;
    }

    private static bool TryKey(string text, [NotNullWhen(true)] out SecretKey? key)
    {
        Span<byte> bytes = stackalloc byte[SecretKey.Length];
        key = text.Length < 64 && Convert.TryFromBase64String(text, bytes, out var written) && written == SecretKey.Length
            ? new SecretKey(bytes)
            : null;
        return key is not null;
    }

    private sealed class Form
    {
        public string? Fingerprint { get; init; }

        public required string Root { get; init; }

        public required IReadOnlyDictionary<string, string> Keys { get; init; }
    }
}
