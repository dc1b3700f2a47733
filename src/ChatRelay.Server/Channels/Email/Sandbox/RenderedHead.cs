using System.Text;

namespace ChatRelay.Channels.Email.Sandbox;

/// <summary>The headers of a mail of our own rendering, in order and unfolded.</summary>
internal static class RenderedHead
{
    internal sealed record Header(string Name, string Value);

    // Every line that does not begin with a space is a header's first.
    public static IEnumerable<Header> Of(byte[] mime)
    {
        var text = Encoding.ASCII.GetString(mime.AsSpan(0, mime.AsSpan().IndexOf("\r\n\r\n"u8)));
        foreach (var header in text.Replace("\r\n ", " ", StringComparison.Ordinal).Split("\r\n"))
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            yield return new(header[..colon], header[(colon + 1)..].TrimStart());
        }
    }
}
