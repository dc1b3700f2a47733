using ChatRelay.Http.Json;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>Who a mail is from and for, as the server hears it. The first recipient is the one that the delivery is about.</summary>
internal sealed record SmtpEnvelope(string From, string To, IReadOnlyList<string> Copies)
{
    /// <summary>Null when an address could end its command and begin another.</summary>
    public static SmtpEnvelope? Of(EmailMessage mail)
    {
        // Domains do not tell cases apart, and nobody is served by two copies for one mailbox.
        var copies = mail.Cc.Concat(mail.Bcc).Select(box => box.Email).Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(email => !email.Equals(mail.To.Email, StringComparison.OrdinalIgnoreCase));
        var envelope = new SmtpEnvelope(mail.From.Email, mail.To.Email, [.. copies]);
        return IsSafe(envelope.From) && IsSafe(envelope.To) && envelope.Copies.All(IsSafe) ? envelope : null;
    }

    private static bool IsSafe(string email) => email.Length is > 0 and <= EmailAddress.Longest && email.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 && email.AsSpan().IndexOfAny('<', '>') < 0;
}
