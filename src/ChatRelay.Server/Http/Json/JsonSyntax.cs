using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ChatRelay.Http.Json;

/// <summary>Why a body is no JSON, and at which byte. Becomes 400 invalid_json.</summary>
internal sealed record SyntaxFault(long Position, string Reason)
{
    public string Detail => $"{Reason} (byte {Position}).";
}

/// <summary>The first of two passes over a body: is it JSON that means one thing only? The second is <see cref="Shape"/>.</summary>
internal sealed class JsonSyntax : IDisposable
{
    public const int Depth = 32;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = Depth };

    private JsonSyntax(JsonDocument? document, SyntaxFault? fault) => (Document, Fault) = (document, fault);

    /// <summary>Null if there is a fault. Lives on the bytes it was read from: they must stay as they are until it is disposed.</summary>
    public JsonDocument? Document { get; }

    public SyntaxFault? Fault { get; }

    public static JsonSyntax Read(ReadOnlyMemory<byte> body)
    {
        if (EncodingFault(body.Span) is { } fault) return new(null, fault);
        try
        {
            return new(JsonDocument.Parse(body, Strict), null);
        }
        catch (JsonException refused)
        {
            return new(null, DuplicateName(body.Span) ?? SyntaxFaultOf(body.Span, refused));
        }
    }

    public void Dispose() => Document?.Dispose();

    private static SyntaxFault? EncodingFault(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return new(0, "The body is empty");
        if (body.StartsWith(Encoding.UTF8.Preamble)) return new(0, "The body starts with a byte order mark");
        if (!Utf8.IsValid(body)) return new(FirstInvalid(body), "The body is not UTF-8");
        return EscapeFault(body);
    }

    private static long FirstInvalid(ReadOnlySpan<byte> body)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(body[at..], out _, out var length) == System.Buffers.OperationStatus.Done) at += length;
        return at;
    }

    // In valid UTF-8 only an escape can make a NUL or half a surrogate pair. Both would pass the parser:
    // the one is refused by PostgreSQL, the other has no UTF-8 at all.
    private static SyntaxFault? EscapeFault(ReadOnlySpan<byte> body)
    {
        var at = 0;
        while (body[at..].IndexOf((byte)'\\') is >= 0 and var next)
        {
            at += next;
            switch (Escaped(body[at..]))
            {
                case 0:
                    return new(at, "A string holds the character NUL");
                case >= 0xD800 and <= 0xDBFF when Escaped(body[(at + 6)..]) is >= 0xDC00 and <= 0xDFFF:
                    at += 12;
                    break;
                case >= 0xD800 and <= 0xDFFF:
                    return new(at, "A string holds half of a surrogate pair");
                case < 0:
                    at = Math.Min(at + 2, body.Length); // another escape, or a broken one, which the parser finds
                    break;
                default:
                    at += 6;
                    break;
            }
        }
        return null;
    }

    private static int Escaped(ReadOnlySpan<byte> text) =>
        text.Length >= 6 && text[0] == '\\' && text[1] == 'u'
        && ushort.TryParse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? unit : -1;

    private static SyntaxFault SyntaxFaultOf(ReadOnlySpan<byte> body, JsonException refused)
    {
        var position = refused.BytePositionInLine ?? 0;
        var line = refused.LineNumber ?? 0;
        for (var i = 0; i < body.Length && line > 0; i++)
        {
            position++;
            if (body[i] == '\n') line--;
        }
        return new(position, "The body is not valid JSON, has more after its end, or is nested deeper than 32");
    }

    /// <summary>Reads once more, only to say where. Null if the fault is another one.</summary>
    private static SyntaxFault? DuplicateName(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Depth });
        var open = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject) open.Push(new(StringComparer.Ordinal));
                else if (reader.TokenType == JsonTokenType.EndObject) open.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName && !open.Peek().Add(reader.GetString()!))
                    return new(reader.TokenStartIndex, "An object holds the same member twice");
            }
        }
        catch (JsonException)
        {
            // Broken further on: the caller reports that.
        }
        return null;
    }
}
