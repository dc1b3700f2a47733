namespace ChatRelay.Channels.Email.Mime;

/// <summary>A mail as it goes over the wire: ASCII, CRLF only, no line over 998 octets, none that begins with a dot. Written as often as it is asked for, always the same bytes.</summary>
internal sealed class MimeMessage
{
    private MimeMessage() { }

    /// <summary>The same mail, date and key give the same bytes, so a repeat is the same message. Whatever the strings are, they stay inside their field.</summary>
    public static MimeMessage Of(EmailMessage mail, DateTimeOffset date, DkimSigner? dkim = null) => throw new NotImplementedException();

    /// <summary>In octets, with every CRLF and before any dot-stuffing: what SIZE announces.</summary>
    public long Size { get; }

    /// <summary>In pieces of some kilobytes; attachments are encoded on the way. Needs neither 8BITMIME nor SMTPUTF8.</summary>
    public ValueTask WriteToAsync(Stream to, CancellationToken ct) => throw new NotImplementedException();
}
