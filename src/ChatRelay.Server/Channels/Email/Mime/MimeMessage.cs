using System.Buffers;
using System.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>A mail as it goes over the wire: ASCII, CRLF only, no line over 998 octets, none that begins with a dot. Written as often as it is asked for, always the same bytes.</summary>
internal sealed class MimeMessage
{
    private readonly IReadOnlyList<MimePiece> _pieces;

    private MimeMessage(IReadOnlyList<MimePiece> pieces) => (_pieces, Size) = (pieces, pieces.Sum(piece => piece.Length));

    /// <summary>In octets, with every CRLF and before any dot-stuffing: what SIZE announces.</summary>
    public long Size { get; }

    /// <summary>The same mail, date and key give the same bytes. Whatever the strings are, they stay inside their field.</summary>
    public static MimeMessage Of(EmailMessage mail, DateTimeOffset date, DkimSigner? dkim = null)
    {
        var tree = MimeTree.Of(mail);
        List<HeaderField> fields = [.. MailHeaders.Of(mail, date), .. tree.Headers];
        List<MimePiece> body = [.. tree.Body()];
        if (!body[^1].Bytes.Span.EndsWith("\r\n"u8) || body[^1].Base64) body.Add(new("\r\n"u8.ToArray()));
        if (dkim is not null) fields.Insert(0, dkim.Sign(fields, date, RelaxedBody.HashOf(Chunks(body, new byte[MimePiece.Scratch]))));
        return new([new(Encoding.ASCII.GetBytes($"{string.Concat(fields.Select(f => f.Text))}\r\n")), .. body]);
    }

    /// <summary>In pieces of some kilobytes; attachments are encoded on the way. Needs neither 8BITMIME nor SMTPUTF8.</summary>
    public async ValueTask WriteToAsync(Stream to, CancellationToken ct)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(MimePiece.Scratch);
        try
        {
            foreach (var chunk in Chunks(_pieces, scratch)) await to.WriteAsync(chunk, ct);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    public async ValueTask<byte[]> ToBytesAsync(CancellationToken ct)
    {
        var bytes = new byte[Size];
        await WriteToAsync(new MemoryStream(bytes), ct);
        return bytes;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Chunks(IReadOnlyList<MimePiece> pieces, byte[] scratch) => pieces.SelectMany(piece => piece.Chunks(scratch));
}
