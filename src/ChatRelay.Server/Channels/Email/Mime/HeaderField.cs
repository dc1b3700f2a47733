using System.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>One header as it is written: folded, ASCII, ending in CRLF.</summary>
internal sealed record HeaderField(string Name, string Text)
{
    /// <summary>RFC 6376, 3.4.2: lower-case name, one line, runs of white space as one space. Without the CRLF.</summary>
    public string Relaxed()
    {
        var relaxed = new StringBuilder(Text.Length).Append(Name.ToLowerInvariant()).Append(':');
        var start = relaxed.Length;
        foreach (var c in Text.AsSpan(Name.Length + 1))
        {
            if (c is not (' ' or '\t' or '\r' or '\n')) relaxed.Append(c);
            else if (relaxed.Length > start && relaxed[^1] != ' ') relaxed.Append(' ');
        }
        return relaxed.ToString().TrimEnd(' ');
    }
}
