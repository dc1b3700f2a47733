using System.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>A node of a mail's tree: something to read, or parts in a row.</summary>
internal abstract record MimePart(IReadOnlyList<HeaderField> Headers)
{
    /// <summary>The pieces of its body. The last does not end its line.</summary>
    public abstract IEnumerable<MimePiece> Body();

    public sealed record Leaf(IReadOnlyList<HeaderField> Headers, MimePiece Content) : MimePart(Headers)
    {
        public override IEnumerable<MimePiece> Body() => [Content];
    }

    public sealed record Several(IReadOnlyList<HeaderField> Headers, string Boundary, IReadOnlyList<MimePart> Parts) : MimePart(Headers)
    {
        // `=_` stands in no line of base64 or quoted-printable, so no part can hold the boundary.
        public static Several Of(string kind, string seed, string parameters, params IReadOnlyList<MimePart> parts)
        {
            var boundary = $"=_{kind}_{seed}";
            return new([new HeaderLine("Content-Type").Word($"multipart/{kind};{parameters}").Word($"boundary=\"{boundary}\"").End()], boundary, parts);
        }

        public override IEnumerable<MimePiece> Body()
        {
            var lineBreak = "";
            foreach (var part in Parts)
            {
                yield return new(Encoding.ASCII.GetBytes($"{lineBreak}--{Boundary}\r\n{string.Concat(part.Headers.Select(h => h.Text))}\r\n"));
                foreach (var piece in part.Body()) yield return piece;
                lineBreak = "\r\n";
            }
            yield return new(Encoding.ASCII.GetBytes($"\r\n--{Boundary}--"));
        }
    }
}
