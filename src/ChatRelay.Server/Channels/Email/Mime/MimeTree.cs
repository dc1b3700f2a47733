using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>
/// How a mail's parts stand together: text and HTML are alternatives, images with a content id are related to the HTML, files come after.
/// </summary>
internal static partial class MimeTree
{
    public static MimePart Of(EmailMessage mail)
    {
        var seed = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(mail.MessageId)).AsSpan(0, 12)); // the same on every attempt
        var inline = mail.Html is null ? [] : mail.Attachments.Where(a => a.ContentId is not null).ToList();

        MimePart? html = mail.Html is null ? null : TextBody.Of("text/html", mail.Html);
        if (inline.Count > 0) html = MimePart.Several.Of("related", seed, " type=\"text/html\";", [html!, .. inline.Select(a => FileOf(a, "inline"))]);
        MimePart? text = mail.Text is null && html is not null ? null : TextBody.Of("text/plain", mail.Text ?? "");
        var said = text is not null && html is not null ? MimePart.Several.Of("alternative", seed, "", text, html) : text ?? html!;

        var files = mail.Attachments.Except(inline).Select(a => FileOf(a, "attachment")).ToList();
        return files.Count > 0 ? MimePart.Several.Of("mixed", seed, "", [said, .. files]) : said;
    }

    private static MimePart.Leaf FileOf(EmailAttachment file, string disposition)
    {
        var name = HeaderText.CleanName(file.Filename);
        List<HeaderField> headers =
        [
            new HeaderLine("Content-Type").Word(TypeOf(file)).OldFileName(name).End(),
            new HeaderLine("Content-Disposition").Word(disposition).FileName(name).End(),
            new HeaderLine("Content-Transfer-Encoding").Word("base64").End(),
        ];
        if (file.ContentId is { } id) headers.Add(new HeaderLine("Content-ID").Word(MailHeaders.Id(id)).End());
        return new(headers, new MimePiece(file.Content, Base64: true));
    }

    // RFC 2046 has no base64 for multipart and message: a file of that kind is sent as the bytes it is.
    private static string TypeOf(EmailAttachment file) =>
        MediaType().IsMatch(file.ContentType) && !file.ContentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
        && !file.ContentType.StartsWith("message/", StringComparison.OrdinalIgnoreCase) ? file.ContentType : "application/octet-stream";

    [GeneratedRegex(@"\A[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}\z")]
    private static partial Regex MediaType();
}
