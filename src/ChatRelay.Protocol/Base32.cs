namespace ChatRelay.Protocol;

/// <summary>Crockford base32, lower case, one canonical text for each value.</summary>
public static class Base32
{
    public const int GuidLength = 26;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private static readonly sbyte[] Values = MakeValues();

    public static int LengthOf(int bytes) => ((bytes * 8) + 4) / 5;

    /// <summary>Most significant bits first; the first character is padded with zero bits, so that text sorts as the bytes do.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[LengthOf(bytes.Length)];
        Encode(bytes, text);
        return new string(text);
    }

    public static void Encode(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        var length = LengthOf(bytes.Length);
        uint buffer = 0;
        var bits = (length * 5) - (bytes.Length * 8); // leading zero bits
        var at = 0;
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text[at++] = Alphabet[(int)((buffer >> bits) & 31)];
            }
        }
    }

    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != LengthOf(bytes.Length)) return false;
        ulong buffer = 0;
        var bits = (bytes.Length * 8) - (text.Length * 5); // negative: padding in front must be zero
        var at = 0;
        foreach (var c in text)
        {
            if (c >= 128 || Values[c] < 0) return false;
            buffer = (buffer << 5) | (byte)Values[c];
            bits += 5;
            if (at == 0 && bits <= 5 && bits > 0 && (buffer >> bits) != 0) return false;
            if (bits >= 8)
            {
                bits -= 8;
                bytes[at++] = (byte)(buffer >> bits);
                buffer &= (1UL << bits) - 1;
            }
        }
        return at == bytes.Length;
    }

    public static void Write(Guid value, Span<char> text)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        Encode(bytes, text);
    }

    public static bool TryReadGuid(ReadOnlySpan<char> text, out Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        var read = TryDecode(text, bytes);
        value = read ? new Guid(bytes, bigEndian: true) : default;
        return read;
    }

    private static sbyte[] MakeValues()
    {
        var values = new sbyte[128];
        Array.Fill(values, (sbyte)-1);
        for (var i = 0; i < Alphabet.Length; i++) values[Alphabet[i]] = (sbyte)i;
        return values;
    }
}
