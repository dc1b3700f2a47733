using System.Buffers;
using System.Globalization;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>What a mail says about itself, above its parts. Bcc is on the envelope only.</summary>
internal static class MailHeaders
{
    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.@");

    public static List<HeaderField> Of(EmailMessage mail, DateTimeOffset date)
    {
        var fields = new List<HeaderField> { MailboxText.Of("From", mail.From), MailboxText.Of("To", mail.To) };
        if (mail.Cc.Count > 0) fields.Add(MailboxText.Of("Cc", mail.Cc));
        if (mail.ReplyTo.Count > 0) fields.Add(MailboxText.Of("Reply-To", mail.ReplyTo));
        fields.Add(HeaderText.Of("Subject", mail.Subject));
        fields.Add(new HeaderLine("Message-ID").Word(Id(mail.MessageId)).End());
        fields.Add(new HeaderLine("Date").Word(date.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)).End());
        if (mail.Unsubscribe is { } leave)
        {
            fields.Add(new HeaderLine("List-Unsubscribe").Word($"<{leave.AbsoluteUri}>").End());
            fields.Add(new HeaderLine("List-Unsubscribe-Post").Word("List-Unsubscribe=One-Click").End());
        }
        fields.AddRange(mail.Headers.Where(h => CustomHeaders.IsName(h.Key) && !CustomHeaders.IsOurs(h.Key)).Select(h => HeaderText.OfMachine(h.Key, h.Value)));
        fields.Add(new HeaderLine("MIME-Version").Word("1.0").End());
        return fields;
    }

    /// <summary>A message's or part's id in its brackets.</summary>
    public static string Id(string id) => $"<{HeaderText.Kept(id, IdCharacters)}>";
}
